//! The JSON documents of reading commands (CLI.md, "Documents").

mod catalogue;
mod names;
mod plans;
mod publishing;

pub use catalogue::{
    GraphDocument, GraphEdge, GraphNode, ListDocument, ListedDestination, ListedImage, MatrixDocument, RenderDocument, RenderedImage,
};
pub use names::{NameProblem, NamedImage, NamedReference, NamesDocument, OwnerDocument, OwnerRow};
pub use plans::{
    ChangeDocument, ExceptionDocument, PlanDocument, PlannedAction, PolicyDocument, PruneDocument, PruneRow, ReasonDocument, UpdateDocument,
};
pub use publishing::{
    LeftTag, MoveDocument, ProblemDocument, PromoteDocument, PublishDocument, PublishRow, ResumeDocument, RollbackDocument,
};
