//! People are told: mails through real and misbehaving servers, the webhook, files.

#[path = "notify/desk.rs"]
mod desk;
#[path = "notify/faulty.rs"]
mod faulty;
#[path = "notify/hooks.rs"]
mod hooks;
#[path = "notify/hostile.rs"]
mod hostile;
#[path = "notify/mail.rs"]
mod mail;
#[path = "notify/real.rs"]
mod real;
#[path = "notify/receiver.rs"]
mod receiver;
mod support;
#[path = "notify/trouble.rs"]
mod trouble;
