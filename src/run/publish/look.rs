//! The dry run: what would be sent, moved and kept. Asks, and writes nothing.

use super::floating::{Closing, Follower, Judged, refusal};
use super::plan::{PublishPlan, Shipment};
use super::publication::destination_of;
use crate::name::Digest;
use crate::publish::{Passed, Spot, Stay, keep_name, weight};
use crate::registry::RegistryError;
use crate::run::survey::Survey;
use crate::run::work::prepare::RunError;

/// What would be done with one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// A version would be sent.
    Send,
    /// A floating tag would move.
    Move,
    /// It stays as it is.
    Keep,
    /// What stands there forbids it.
    Refuse,
    /// It is nowhere to be had.
    Missing,
}

impl Doing {
    /// The word of documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Move => "move",
            Self::Keep => "keep",
            Self::Refuse => "refuse",
            Self::Missing => "missing",
        }
    }
}

/// What would be done with one name of one image.
#[derive(Clone, Debug)]
pub struct Row {
    /// The definition.
    pub name: String,
    /// The destination; `None` for an image that nothing is done with.
    pub destination: Option<String>,
    /// The name.
    pub reference: String,
    /// version or floating.
    pub kind: &'static str,
    /// What would be done.
    pub action: Doing,
    /// What it would hold, where that is known.
    pub digest: Option<Digest>,
    /// What it holds.
    pub from: Option<Digest>,
    /// Bytes of what would be sent, before anything is left out because it is there.
    pub bytes: Option<u64>,
    /// Under which name the old manifest would be kept.
    pub kept_as: Option<String>,
    /// Why.
    pub reason: String,
}

impl Row {
    /// Whether a run would fail here. A floating tag that holds what this changelog does not know only stays, with a warning.
    pub fn is_failure(&self) -> bool {
        match self.action {
            Doing::Missing => true,
            Doing::Refuse => self.kind == "version" || self.from.is_some(),
            Doing::Send | Doing::Move | Doing::Keep => false,
        }
    }
}

/// Looks at all names of a plan.
///
/// # Errors
/// When a registry gives no clear answer.
pub async fn look(survey: &Survey, plan: &PublishPlan, closing: &Closing<'_>) -> Result<Vec<Row>, RunError> {
    let (mut rows, mut followers) = (Vec::new(), Vec::new());
    for shipment in &plan.shipments {
        if let Some(still) = shipment.standstill.as_ref().filter(|_| shipment.targets.is_empty() && !shipment.follows) {
            let action = if still.is_failure { Doing::Missing } else { Doing::Keep };
            rows.push(Row { reason: still.text.clone(), ..row(shipment, shipment.reference.to_string(), action) });
            continue;
        }
        versions(shipment, closing, &mut rows).await?;
        if let Some(digest) = shipment.digest.as_ref().filter(|_| shipment.follows) {
            followers.push(shipment.follower(survey, digest, 0));
        }
    }
    let refused: Vec<String> = rows.iter().filter(|row| row.action == Doing::Refuse).map(|row| row.name.clone()).collect();
    followers.retain(|follower: &Follower| !refused.contains(&follower.name));
    rows.extend(closing.judge(&followers).await?.iter().map(|judged| floating(closing, judged)));
    Ok(rows)
}

fn row(shipment: &Shipment, reference: String, action: Doing) -> Row {
    Row {
        name: shipment.name.clone(),
        destination: None,
        reference,
        kind: "version",
        action,
        digest: shipment.digest.clone(),
        from: None,
        bytes: None,
        kept_as: None,
        reason: String::new(),
    }
}

async fn versions(shipment: &Shipment, closing: &Closing<'_>, rows: &mut Vec<Row>) -> Result<(), RegistryError> {
    let spots = &closing.publication.deliverer.spots;
    let first = rows.len();
    for (at, placement) in shipment.placements.iter().enumerate() {
        let spot = spots.at(&placement.version)?;
        let from = if shipment.targets.contains(&at) { spot.head().await? } else { shipment.digest.clone() };
        let (action, reason) = judge(shipment, &spot, from.as_ref()).await?;
        let destination = Some(destination_of(closing.destinations, placement).name.clone());
        let row = row(shipment, spot.to_string(), action);
        rows.push(Row { destination, from, reason: reason.to_owned(), ..row });
    }
    // A source is asked only where a run would read from it.
    if rows[first..].iter().any(|row| row.action == Doing::Send) {
        let bytes = size(shipment, closing).await?;
        rows[first..].iter_mut().filter(|row| row.action == Doing::Send).for_each(|row| row.bytes = bytes);
    }
    Ok(())
}

async fn judge(shipment: &Shipment, spot: &Spot, from: Option<&Digest>) -> Result<(Doing, &'static str), RegistryError> {
    let Some(found) = from else { return Ok((Doing::Send, "not there yet")) };
    let same = match &shipment.passed {
        Some(passed) if passed.manifest() != Some(found) => passed.holds_for(&spot.manifest(found).await?),
        passed => passed.as_ref().is_some_and(|passed: &Passed| passed.manifest() == Some(found)),
    };
    Ok(if same { (Doing::Keep, "it stands there") } else { (Doing::Refuse, "another image stands there, which is never overwritten") })
}

/// What the image weighs, where a source can be asked.
async fn size(shipment: &Shipment, closing: &Closing<'_>) -> Result<Option<u64>, RegistryError> {
    let (Some(source), Some(digest)) = (shipment.sources.first(), &shipment.digest) else { return Ok(None) };
    let spot = closing.publication.deliverer.spots.at(source)?;
    weight(spot.repository.as_ref(), digest).await
}

fn floating(closing: &Closing<'_>, judged: &Judged<'_>) -> Row {
    let placement = &judged.follower.placements[judged.placement];
    let destination = destination_of(closing.destinations, placement);
    let (action, from, reason) = match &judged.stay {
        Stay::Right => (Doing::Keep, Some(judged.follower.digest.clone()), "it stands where it should".to_owned()),
        Stay::Foreign(why) => (Doing::Refuse, None, why.clone()),
        Stay::Behind(from) if !judged.dropped.is_empty() => (Doing::Refuse, from.clone(), refusal(judged)),
        Stay::Behind(from) => (Doing::Move, from.clone(), format!("it follows {}", placement.version)),
    };
    let keeps = destination.keep_alive && action == Doing::Move && from.is_some();
    let kept_as = keeps.then(|| keep_name(&judged.spot.tag, closing.emitter.now()).ok()).flatten();
    Row {
        name: judged.follower.name.clone(),
        destination: Some(destination.name.clone()),
        reference: judged.spot.to_string(),
        kind: "floating",
        action,
        digest: Some(judged.follower.digest.clone()),
        from,
        bytes: None,
        kept_as: kept_as.map(|tag| judged.spot.with_tag(tag).to_string()),
        reason,
    }
}
