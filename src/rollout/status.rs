//! `guard status`: what runs at this moment, asked of the system and of the services themselves.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::control::Target;
use super::hands::Hands;
use super::journal;
use super::lock;
use super::ready::Gate;
use super::record::Record;
use super::reports::of_service;
use super::run::Run;
use super::services::TUNNEL;
use super::standing::Standing;
use super::tunnel;
use super::tunnel::process::{self, Process};
use crate::gate::enter::Request;
use crate::io::environment::Environment;
use crate::words::ending::Ending;
use crate::words::rollout::{ServiceReport, ServiceState};

/// The object that is printed, and the lines for people.
pub struct Status {
    pub object: Value,
    pub lines: Vec<String>,
}

pub fn status(folder: &Path, environment: Option<&str>, variables: &Environment) -> Result<Status, Ending> {
    let target = Target::of(folder, environment, variables)?;
    let request = Request { folder, environment: &target.environment, variables, receipt: None, also: None };
    let mut silent = |_: &crate::words::rollout::Event| {};
    let mut run = target.run(&request, None, &mut silent)?;
    let mut lines = vec![format!("environment {}", target.environment)];
    let mut services = Vec::new();
    for at in 0..run.services.len() {
        let report = service(&run, at);
        lines.push(line(&report));
        services.push(json!({
            "name": report.name, "state": report.state.name(), "pid": report.pid, "port": report.port,
            "listeners": report.listeners, "healthy": report.healthy, "started_at": report.started_at,
            "commit": report.commit, "exit": report.exit, "required": report.required,
        }));
    }
    if services.is_empty() {
        lines.push("  guard.toml has no [[service]]".to_owned());
    }
    let tunnel = tunnel_of(&mut run, &target, &mut lines);
    let last = last_of(&target, &mut lines);
    if last.is_null() {
        lines.push("nothing was deployed from here yet".to_owned());
    }
    let object = json!({ "services": services, "tunnel": tunnel, "last_deploy": last });
    let object = super::clean::value(&run.redactor, object);
    let lines = lines.iter().map(|line| run.redactor.clean(line)).collect();
    Ok(Status { object, lines })
}

fn service(run: &Run<'_>, at: usize) -> ServiceReport {
    let service = run.service(at);
    let record = Record::of(&run.places, run.request.environment, &service.name.value);
    let mut report = of_service(&service, record.as_ref());
    if let (ServiceState::Running, Some(record)) = (report.state, &record) {
        let well = Gate::of(run, &service, record).map(|mut gate| gate.once(run.request.variables).is_ok());
        report.healthy = well.ok();
    } else if !service.ready.is_empty() {
        report.healthy = Some(false);
    }
    report
}

fn line(report: &ServiceReport) -> String {
    let pid = report.pid.map_or_else(String::new, |pid| format!("  process {pid}"));
    let port = report.port.map_or_else(String::new, |port| format!("  port {port}"));
    let at: Vec<String> = report
        .listeners
        .iter()
        .map(|it| format!("{} {}", it.family, it.pid.map_or_else(|| "?".into(), |pid| pid.to_string())))
        .collect();
    let at = if at.is_empty() { String::new() } else { format!(" ({})", at.join(", ")) };
    let health = match report.healthy {
        Some(true) => "  healthy",
        Some(false) if report.state == ServiceState::Running => "  NOT healthy",
        _ => "",
    };
    let exit = report.exit.as_ref().map_or_else(String::new, |exit| format!("  {exit}"));
    format!("  {:<16} {:<8}{pid}{port}{at}{health}{exit}", report.name, report.state.name())
}

fn tunnel_of(run: &mut Run<'_>, target: &Target, lines: &mut Vec<String>) -> Value {
    let Some(own) = run.config.tunnel.clone() else { return Value::Null };
    let record = Record::of(&target.places, &target.environment, TUNNEL);
    let ours = record.as_ref().filter(|record| record.lives()).and_then(|record| record.process.as_ref());
    let process = ours.map_or_else(|| process::find(&own), |ours| Process::of(ours.pid, true));
    let root = target.places.root().to_owned();
    let mut probes = Vec::new();
    let within = Instant::now() + Duration::from_secs(10);
    let (hops, notes) = run.with_hands(|hands: &mut Hands<'_>| {
        hands.deadline = within;
        tunnel::look(&own, &root, &process, &mut probes, hands)
    });
    lines.push(format!("  {:<16} {}", "tunnel", process.told()));
    for hop in &hops {
        lines.push(format!("    {:<14} {:<12} {}", hop.hop, hop.result.name(), hop.reason));
    }
    json!({ "process": process.told(), "pid": process.pid(), "hops": hops, "notes": notes })
}

fn last_of(target: &Target, lines: &mut Vec<String>) -> Value {
    let standing = Standing::read(&target.places, &target.environment);
    let mut last = serde_json::to_value(&standing.last).unwrap_or_default();
    if let Some(last) = &standing.last {
        let code = last.code.as_ref().map_or_else(String::new, |code| format!(" [{code}]"));
        lines.push(match &last.command {
            Some(command) => {
                format!("last change: `guard {command}`, {}{code}, at {}", last.outcome, last.at)
            }
            None => format!("last deploy: {}{code} in {} at {}", last.outcome, last.state, last.at),
        });
    }
    let running = lock::holder(&target.places.lock());
    let interrupted = journal::interrupted(&target.places.journal(&target.environment));
    match (running, interrupted) {
        (Some(holder), _) => {
            let text = format!("{} is at work since {}: `{}`", holder.owner, holder.since, holder.why);
            lines.push(text.clone());
            if last.is_null() {
                last = json!({});
            }
            last["running"] = text.into();
        }
        (None, Some(stopped)) => {
            let text = format!("{}; the next `guard deploy` finishes or undoes it", stopped.told());
            lines.push(text.clone());
            if last.is_null() {
                last = json!({});
            }
            last["interrupted"] = text.into();
        }
        (None, None) => {}
    }
    last
}
