//! The end of a run: staged versions appear, floating tags follow what is published, and every version that this run
//! published is looked at once more.

use super::publication::{Publication, Stood, destination_of};
use crate::config::{Atomic, Config, LatestPolicy};
use crate::event::{Emitter, EventKind};
use crate::name::{Digest, Reference};
use crate::publish::journal::Kind;
use crate::publish::{
    Arrival, Destinations, Fate, FloatingPolicy, Follow, Location, MoveError, Placement, Placements, Spot, Stay, Subject, TagMove, behind,
    dropped_platforms, labels_at,
};
use crate::registry::RegistryError;
use crate::run::carry::Carrier;
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::collections::BTreeSet;
use std::sync::Mutex;

/// A published version whose floating tags may have to follow.
pub struct Follower {
    /// The definition.
    pub name: String,
    /// Its folder, relative to DIRECTORY.
    pub path: String,
    /// Its name in the engine, without a stamp.
    pub reference: Reference,
    /// Its version.
    pub version: String,
    /// What its version tags hold.
    pub digest: Digest,
    /// The changelog's other versions, newest first.
    pub older: Vec<String>,
    /// Where it stands.
    pub placements: Vec<Placement>,
    /// How deep it stands in the graph.
    pub level: usize,
    /// Whether its tags follow it whatever they hold: what an entry of the index names, it owns.
    pub always: bool,
}

/// How the end of a run is to go.
pub struct Closing<'a> {
    /// What was published.
    pub publication: &'a Publication,
    /// Where images go.
    pub destinations: &'a Destinations,
    /// The settings.
    pub config: &'a Config,
    /// Where events go.
    pub emitter: &'a Emitter,
}

/// How it went.
#[derive(Debug, Default)]
pub struct Closed {
    /// Nodes whose staged version appeared nowhere, or not everywhere.
    pub hidden: BTreeSet<usize>,
    /// Tags that somebody else moved, versions that changed, indexes that were refused.
    pub bad: bool,
}

/// A floating tag of a destination, and what is to be done with it.
pub struct Judged<'a> {
    /// The image.
    pub follower: &'a Follower,
    /// The place of its placement among the follower's.
    pub placement: usize,
    /// The tag.
    pub spot: Spot,
    /// What is to be done.
    pub stay: Stay,
    /// Platforms that it would lose.
    pub dropped: Vec<String>,
    /// Whether it holds something that no version tag of ours keeps.
    pub strange: bool,
}

/// How a run's tags were settled.
#[derive(Debug)]
pub enum Settled {
    /// None was touched, because the run was not good and `atomic` is run.
    Withheld,
    /// They were moved, as far as they may be.
    Done(Closed),
    /// A registry gave no clear answer, which was told; what has not moved is in the journal.
    Broken,
}

impl Closing<'_> {
    /// Moves tags, unless that waits for a run that is `good` as a whole.
    pub async fn settle(&self, good: bool, followers: &[Follower], level: &(dyn Fn(usize) -> usize + Sync)) -> Settled {
        if !good && self.config.cooperage.atomic == Atomic::Run {
            let message = "the run was not good, and atomic is run: no tag was moved and no staged version appears";
            self.warn("atomic_run", None, message.to_owned());
            return Settled::Withheld;
        }
        match self.close(followers, level).await {
            Ok(closed) => Settled::Done(closed),
            Err(error) => {
                let message = format!("not all tags were moved; the next run moves them, or `cooperage publish --resume`: {error}");
                self.warn("latest_not_moved", None, message);
                Settled::Broken
            }
        }
    }

    /// Moves what is to be moved.
    ///
    /// # Errors
    /// The first registry that gave no clear answer; what has not moved is in the journal.
    async fn close(&self, followers: &[Follower], level: &(dyn Fn(usize) -> usize + Sync)) -> Result<Closed, MoveError> {
        let mut closed = Closed::default();
        let mut wanted = self.staged(level);
        for judged in self.judge(followers).await? {
            self.tell_stay(&judged);
            closed.bad |= !judged.dropped.is_empty();
            wanted.extend(self.wanted(&judged));
        }
        let fates = Mutex::new(Vec::new());
        self.carry_out(&wanted, &|wanted, fate| {
            self.tell(wanted, fate);
            fates.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((wanted.spot.location.clone(), fate.clone()));
        })
        .await?;
        let fates = fates.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let lost = |spot: &Spot| {
            fates.iter().any(|(at, fate)| *at == spot.location && !matches!(fate, Fate::Moved(_) | Fate::WasThere | Fate::Open))
        };
        closed.bad |= wanted.iter().any(|wanted| lost(&wanted.spot));
        let stood = self.publication.stood();
        closed.hidden = stood.iter().filter(|stood| stood.arrival == Arrival::Waiting && lost(&stood.spot)).map(|one| one.node).collect();
        let shown: Vec<Stood> = stood.into_iter().filter(|stood| stood.arrival != Arrival::WasThere && !lost(&stood.spot)).collect();
        closed.bad |= self.look_again(&shown).await?;
        Ok(closed)
    }

    /// Versions that wait to appear.
    fn staged(&self, level: &(dyn Fn(usize) -> usize + Sync)) -> Vec<TagMove> {
        let waiting = self.publication.stood().into_iter().filter(|stood| stood.arrival == Arrival::Waiting);
        let version = |stood: Stood| TagMove {
            name: stood.name,
            destination: self.destinations.list()[stood.destination].name.clone(),
            kind: Kind::Version,
            from: None,
            to: stood.digest,
            version: stood.spot.location.clone(),
            spot: stood.spot,
            keep_alive: false,
            level: level(stood.node),
            manifest: None,
        };
        waiting.map(version).collect()
    }

    /// Asks where every floating tag stands.
    ///
    /// # Errors
    /// When a registry gives no clear answer.
    pub async fn judge<'a>(&self, followers: &'a [Follower]) -> Result<Vec<Judged<'a>>, RegistryError> {
        let policy = policy(self.config.cooperage.latest);
        if policy == FloatingPolicy::Never {
            return Ok(Vec::new());
        }
        let each = followers.iter().flat_map(|follower| (0..follower.placements.len()).map(move |at| (follower, at)));
        let asked = each.map(|(follower, at)| self.judge_at(policy, follower, at));
        let judged: Vec<Vec<Judged<'a>>> =
            futures_util::stream::iter(asked).buffered(self.config.registry_parallel().max(1)).try_collect().await?;
        Ok(judged.into_iter().flatten().collect())
    }

    async fn judge_at<'a>(&self, policy: FloatingPolicy, follower: &'a Follower, at: usize) -> Result<Vec<Judged<'a>>, RegistryError> {
        let policy = if follower.always { FloatingPolicy::Always } else { policy };
        let placement = &follower.placements[at];
        let spot_of = |version: &str| self.spot_of(follower, placement, version);
        let follow = Follow { version: &follower.version, digest: &follower.digest, older: &follower.older, spot_of: &spot_of };
        let mut judged = Vec::with_capacity(placement.floating.len());
        for floating in &placement.floating {
            let spot = self.publication.deliverer.spots.at(floating)?;
            let mut stay = behind(policy, &spot, &follow).await?;
            if let (Stay::Behind(_), Some(version)) = (&stay, self.version_named(follower, placement, floating)) {
                stay = Stay::Foreign(format!("{spot} is the name of version {version}, which never moves; give the floating tag another"));
            }
            let dropped = match &stay {
                Stay::Behind(Some(from)) if !self.config.cooperage.drop_platforms => {
                    dropped_platforms(&spot, from, &follower.digest).await?
                }
                _ => Vec::new(),
            };
            let strange = self.is_strange(follower, &spot, &stay).await?;
            judged.push(Judged { follower, placement: at, spot, stay, dropped, strange });
        }
        Ok(judged)
    }

    /// Whether the tag of an entry holds what somebody else made: no version tag keeps that.
    async fn is_strange(&self, follower: &Follower, spot: &Spot, stay: &Stay) -> Result<bool, RegistryError> {
        let Stay::Behind(Some(from)) = stay else { return Ok(false) };
        if !follower.always {
            return Ok(false);
        }
        let labels = labels_at(spot, from).await?;
        let own = format!("{}-", spot.location.tag());
        Ok(!labels.get("org.opencontainers.image.version").is_some_and(|version| version.starts_with(&own)))
    }

    /// The older version whose own tag a floating tag would be, at the destination of a placement.
    fn version_named<'f>(&self, follower: &'f Follower, placement: &Placement, floating: &Location) -> Option<&'f String> {
        let is_it = |version: &&String| self.placed(follower, placement, version).is_some_and(|other| other == floating.canonical());
        follower.older.iter().find(is_it)
    }

    /// The tag of another version at the destination of a placement; one that can have none there never stood there.
    fn spot_of(&self, follower: &Follower, placement: &Placement, version: &str) -> Result<Option<Spot>, RegistryError> {
        self.placed(follower, placement, version).map(|location| self.publication.deliverer.spots.at(&location)).transpose()
    }

    fn placed(&self, follower: &Follower, placement: &Placement, version: &str) -> Option<Location> {
        let subject =
            Subject { name: &follower.name, path: &follower.path, reference: &follower.reference, version, tag: version, entry: None };
        Placements::version_at(self.destinations, placement.destination, &subject).map(|location| location.canonical())
    }

    /// A tag that is to move.
    pub fn wanted(&self, judged: &Judged<'_>) -> Option<TagMove> {
        let Stay::Behind(from) = &judged.stay else { return None };
        if !judged.dropped.is_empty() {
            return None;
        }
        let placement = &judged.follower.placements[judged.placement];
        let destination = destination_of(self.destinations, placement);
        Some(TagMove {
            name: judged.follower.name.clone(),
            destination: destination.name.clone(),
            kind: Kind::Floating,
            spot: judged.spot.clone(),
            from: from.clone(),
            to: judged.follower.digest.clone(),
            version: placement.version.clone(),
            keep_alive: destination.keep_alive || judged.strange,
            level: judged.follower.level,
            manifest: None,
        })
    }

    fn tell_stay(&self, judged: &Judged<'_>) {
        let name = &judged.follower.name;
        if let Stay::Foreign(text) = &judged.stay {
            self.warn("latest_stays", Some(name), text.clone());
        }
        if !judged.dropped.is_empty() {
            self.warn("drops_platforms", Some(name), refusal(judged));
        }
    }

    async fn carry_out(&self, wanted: &[TagMove], tell: &(dyn Fn(&TagMove, &Fate) + Sync)) -> Result<(), MoveError> {
        let carrier = Carrier {
            spots: self.publication.deliverer.spots.as_ref(),
            journal: self.publication.journal.as_ref(),
            emitter: self.emitter,
            at: self.emitter.now(),
            parallel: self.config.registry_parallel(),
        };
        carrier.carry_out(wanted, tell).await
    }

    fn tell(&self, wanted: &TagMove, fate: &Fate) {
        let message = match fate {
            Fate::Moved(_) if wanted.kind == Kind::Floating => {
                return self.emitter.emit(EventKind::TagMoved {
                    name: wanted.name.clone(),
                    destination: Some(wanted.destination.clone()),
                    reference: wanted.spot.to_string(),
                    digest: wanted.to.to_string(),
                });
            }
            Fate::Moved(_) | Fate::WasThere | Fate::Open => return,
            Fate::Gone(why) => return self.warn("gone", Some(&wanted.name), why.clone()),
            Fate::Unfounded => {
                format!("lost_race: {} is not moved, because {} does not hold {}; run again", wanted.spot, wanted.version, wanted.to)
            }
            Fate::Left(found) => lost(wanted, found.as_ref(), "since we looked"),
            Fate::Lost(found) => lost(wanted, found.as_ref(), "right after we moved it"),
        };
        self.warn("lost_race", Some(&wanted.name), message);
    }

    /// Reads all version tags of this run again; whether any has changed.
    async fn look_again(&self, stood: &[Stood]) -> Result<bool, RegistryError> {
        let asked = stood.iter().map(|stood| async move { Ok::<_, RegistryError>((stood, stood.spot.read_back().await?)) });
        let held: Vec<(&Stood, Option<Digest>)> =
            futures_util::stream::iter(asked).buffered(self.config.registry_parallel().max(1)).try_collect().await?;
        let mut changed = false;
        for (stood, found) in held.into_iter().filter(|(stood, found)| found.as_ref() != Some(&stood.digest)) {
            changed = true;
            let found = found.map_or_else(|| "nothing".to_owned(), |found| found.to_string());
            let message =
                format!("lost_race: {} held {} when this run published it and holds {found} at its end", stood.spot, stood.digest);
            self.warn("lost_race", Some(&stood.name), message);
        }
        Ok(changed)
    }

    fn warn(&self, code: &str, name: Option<&str>, message: String) {
        self.emitter.emit(EventKind::Warning { code: code.to_owned(), name: name.map(str::to_owned), message });
    }
}

fn lost(wanted: &TagMove, found: Option<&Digest>, when: &str) -> String {
    let found = found.map_or("nothing", Digest::as_str);
    format!("lost_race: {} was to hold {} and somebody else made it {found} {when}; run again", wanted.spot, wanted.to)
}

/// Why a tag stays whose image would serve fewer platforms.
pub fn refusal(judged: &Judged<'_>) -> String {
    format!(
        "{} serves {}, which {} does not, so it is not moved; --drop-platforms moves it",
        judged.spot,
        judged.dropped.join(", "),
        judged.follower.placements[judged.placement].version
    )
}

fn policy(configured: LatestPolicy) -> FloatingPolicy {
    match configured {
        LatestPolicy::Newer => FloatingPolicy::Newer,
        LatestPolicy::Always => FloatingPolicy::Always,
        LatestPolicy::Never => FloatingPolicy::Never,
    }
}
