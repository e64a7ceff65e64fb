//! Where an image is read from: the engine, a registry, an OCI layout on disk.

use crate::engine::Engine;
use crate::name::{Digest, Reference};
use crate::publish::{Point, Spot, Spots};
use crate::registry::RegistryError;
use crate::run::failure::Failure;
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
        if let (Some(engine), false) = (&self.engine, is_layout) {
            if let Some(found) = in_engine(engine, text).await? {
                return Ok(found);
            }
        }
        let Some(spots) = self.spots.as_ref().filter(|_| is_layout || point.host().is_some()) else {
            let advice = "build or pull it, or name its registry: HOST/NAME:TAG";
            return Err(Failure::of(format!("the engine has no {text}; {advice}")));
        };
        let spot = point.spot(spots).map_err(Failure::from)?;
        match point.head(&spot).await {
            Ok(Some(digest)) => Ok(Origin::Spot { spot, digest }),
            Ok(None) => Err(Failure::of(format!("there is no {text}, neither in the engine nor at {}", spot.repository.name()))),
            Err(error) => Err(Failure::from(error)),
        }
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
async fn in_engine(engine: &Arc<dyn Engine>, text: &str) -> Result<Option<Origin>, Failure> {
    let name = Reference::parse(text).map_or_else(|_| text.to_owned(), |reference| reference.to_string());
    let found = engine.inspect(&name).await?;
    Ok(found.map(|image| Origin::Engine { engine: engine.clone(), id: image.id }))
}
