//! Where an image is read from: the engine, a registry, an OCI layout on disk.

use super::read::not_given;
use crate::engine::{Engine, EngineError};
use crate::name::{Digest, Reference};
use crate::publish::{Location, Point, Spot, Spots};
use crate::registry::{Lookup, Named, RegistryError};
use crate::run::work::failure::Failure;
use std::sync::Arc;

/// Where an image is read from.
#[derive(Clone)]
pub enum Origin {
    /// The engine.
    Engine {
        /// Which.
        engine: Arc<dyn Engine>,
        /// The digest of the image's config.
        id: Digest,
    },
    /// A registry or a layout.
    Spot {
        /// Where.
        spot: Spot,
        /// The manifest.
        digest: Digest,
    },
}

/// Whom a call can ask for images.
#[derive(Clone, Default)]
pub struct Places {
    /// The engine; none where nobody wants one, or there is none.
    pub engine: Option<Arc<dyn Engine>>,
    /// Why the engine cannot be asked, where that is so and it was wanted.
    pub lost: Option<EngineError>,
    /// Registries and layouts.
    pub spots: Option<Arc<Spots>>,
}

impl Places {
    /// Finds an image that somebody names: the engine's copy, else what its registry has. Docker Hub is asked for images
    /// that name it, and for no others.
    ///
    /// # Errors
    /// When nobody has it, or somebody who may have it gives no clear answer.
    pub async fn find(&self, text: &str) -> Result<Origin, Failure> {
        let point = Point::parse(text).map_err(Failure::of)?;
        let is_layout = point.registry().is_none();
        if let Some(found) = in_engine(self.engine.as_ref().filter(|_| !is_layout), Some(text)).await? {
            return Ok(found);
        }
        let Some(spots) = self.spots.as_ref().filter(|_| is_layout || point.host().is_some()) else {
            if let Some(lost) = &self.lost {
                return Err(lost.clone().into());
            }
            let advice = "build or pull it, or name its registry: HOST/NAME:TAG";
            return Err(Failure::of(format!("the engine has no {text}; {advice}")));
        };
        let spot = point.spot(spots).map_err(not_given)?;
        match point.head(&spot).await {
            Ok(Some(digest)) => Ok(Origin::Spot { spot, digest }),
            Ok(None) if self.lost.is_some() && !is_layout => Err(self.lost.clone().map_or_else(Failure::cancelled, Failure::from)),
            Ok(None) if is_layout => {
                let layout = spot.repository.name();
                Err(Failure::of(format!("there is no {text}: {layout} has no such tag, or is no OCI layout; write oci:FOLDER:TAG")))
            }
            Ok(None) => Err(Failure::of(format!("there is no {text}, neither in the engine nor at {}", spot.repository.name()))),
            Err(error) => Err(not_given(error)),
        }
    }

    /// Finds an image that a record tells of: the engine's by its id, else what stands at one of its destinations.
    ///
    /// # Errors
    /// When nobody has it, or somebody who may have it gives no clear answer.
    pub async fn recorded(&self, reference: &str, id: Option<&str>, destinations: &[(String, String)]) -> Result<Origin, Failure> {
        if let Some(found) = in_engine(self.engine.as_ref(), id).await? {
            return Ok(found);
        }
        let places = destinations.iter().filter_map(|(place, digest)| Some((Location::parse(place)?, Digest::parse(digest)?)));
        for (location, digest) in places {
            let Some(spots) = &self.spots else { break };
            let spot = spots.at(&location).map_err(not_given)?;
            if spot.repository.head(Named::Digest(&digest)).await.map_err(not_given)? != Lookup::Absent {
                return Ok(Origin::Spot { spot, digest });
            }
        }
        Err(match &self.lost {
            Some(lost) => lost.clone().into(),
            None => Failure::of(format!("{reference} is neither in the engine nor where the record says that it is published")),
        })
    }

    /// What a registry or a layout has under a name, if it is there.
    ///
    /// # Errors
    /// When there is no clear answer.
    pub async fn published(&self, spot: Spot) -> Result<Option<Origin>, RegistryError> {
        Ok(spot.head().await?.map(|digest| Origin::Spot { spot, digest }))
    }
}

/// The engine's copy. A reference by digest is looked for by that: engines know what they pulled.
async fn in_engine(engine: Option<&Arc<dyn Engine>>, text: Option<&str>) -> Result<Option<Origin>, Failure> {
    let (Some(engine), Some(text)) = (engine, text) else { return Ok(None) };
    let name = Reference::parse(text).map_or_else(|_| text.to_owned(), |reference| reference.to_string());
    let found = engine.inspect(&name).await?;
    Ok(found.map(|image| Origin::Engine { engine: engine.clone(), id: image.id }))
}
