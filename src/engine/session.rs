//! A BuildKit session: the side channel over which an engine asks for build secrets.
//!
//! bollard's own session serves no secrets, and its gRPC driver wants them in files and the whole context in memory.
//! This one answers from memory and ends with the value, so no descriptor outlives its build.
//! Source: moby/buildkit, `session/grpchijack` and `session/secrets`.

use super::BuildSecret;
use super::transport::Transport;
use bollard::errors::Error;
use bollard::grpc::BuildRef;
use bollard::health::health_check_response::ServingStatus;
use bollard::health::health_server::{Health, HealthServer};
use bollard::health::{HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse};
use bollard::moby::buildkit::secrets::v1::secrets_server::{Secrets, SecretsServer};
use bollard::moby::buildkit::secrets::v1::{GetSecretRequest, GetSecretResponse};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;
use hyper_util::rt::TokioIo;
use std::io;
use tokio::task::JoinSet;
use tonic::{Request, Response, Status};

/// Bytes in flight between the engine and the service.
const PIPE: usize = 64 * 1024;

/// An open session; dropping it closes the connection.
pub(super) struct Session {
    /// What a build names it by.
    pub(super) id: String,
    _tasks: JoinSet<()>,
}

impl Session {
    /// Opens a session that serves `secrets`.
    pub(super) async fn open(transport: &Transport, secrets: Vec<BuildSecret>) -> Result<Self, Error> {
        let id = String::from(BuildRef::random());
        let request = hyper::Request::post("http://localhost/session")
            .header("Connection", "Upgrade")
            .header("Upgrade", "h2c")
            .header("X-Docker-Expose-Session-Uuid", &id)
            .header("X-Docker-Expose-Session-Grpc-Method", "/moby.buildkit.secrets.v1.Secrets/GetSecret")
            .body(bollard::body_full(Bytes::new()))?;
        let response = transport.send(request).await?;
        if response.status().as_u16() != 101 {
            return Err(io::Error::other(format!("/session was answered with {} instead of an upgrade", response.status())).into());
        }
        let mut engine = TokioIo::new(hyper::upgrade::on(response).await?);
        let (mut far, near) = tokio::io::duplex(PIPE);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            // The engine closing the session is its normal end.
            let _ = tokio::io::copy_bidirectional(&mut engine, &mut far).await;
        });
        let router = tonic::transport::Server::builder()
            .add_service(HealthServer::new(Alive))
            .add_service(SecretsServer::new(SecretStore { secrets }));
        let connections = stream::iter([Ok::<_, io::Error>(near)]).chain(stream::pending());
        tasks.spawn(async move {
            // A session that breaks shows as an error of the build.
            let _ = router.serve_with_incoming(connections).await;
        });
        Ok(Self { id, _tasks: tasks })
    }
}

struct SecretStore {
    secrets: Vec<BuildSecret>,
}

#[tonic::async_trait]
impl Secrets for SecretStore {
    async fn get_secret(&self, request: Request<GetSecretRequest>) -> Result<Response<GetSecretResponse>, Status> {
        let id = &request.get_ref().id;
        match self.secrets.iter().find(|secret| secret.id == *id) {
            Some(secret) => Ok(Response::new(GetSecretResponse { data: secret.value.expose().to_vec() })),
            None => Err(Status::not_found(format!("the secret {id} is not configured"))),
        }
    }
}

/// BuildKit ends a session whose health it cannot ask for.
struct Alive;

fn serving() -> HealthCheckResponse {
    HealthCheckResponse { status: ServingStatus::Serving.into() }
}

#[tonic::async_trait]
impl Health for Alive {
    async fn check(&self, _: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        Ok(Response::new(serving()))
    }

    async fn list(&self, _: Request<HealthListRequest>) -> Result<Response<HealthListResponse>, Status> {
        Ok(Response::new(HealthListResponse { statuses: [(String::new(), serving())].into() }))
    }

    type WatchStream = stream::Once<std::future::Ready<Result<HealthCheckResponse, Status>>>;

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Ok(Response::new(stream::once(std::future::ready(Ok(serving())))))
    }
}
