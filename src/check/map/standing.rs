//! What stands between the start of a way and its effect, and whether it holds.

use crate::check::map::actors::{Actor, Key, Ways};
use crate::check::map::model::{Guard, Hold, Spot, Standing};
use crate::reach::event::{Event, EventKind, World, Wrapped};
use crate::rules::contract::own_database;
use crate::rules::guard::inline;

use super::paths::{Drawing, Origin, Reached};

impl<'a> Drawing<'a> {
    /// What stands between the start and the effect.
    pub(super) fn guards(
        &mut self,
        chain: &[(Actor, &'a Event)],
        holder: Actor,
        event: &Event,
        key: &Key,
        worlds: &[(World, Ways<'a>, Reached<'a>); 2],
    ) -> Vec<Guard> {
        let mut out = Vec::new();
        let wrapped = chain
            .iter()
            .find_map(|(_, start)| wrapped(start).map(|w| (start.at, w)))
            .or_else(|| event.wrapped.as_ref().map(|w| (event.at, w)));
        for (world, ways, reached) in worlds {
            let (kind, name) = match world {
                World::NoCi => ("ci", "CI check"),
                _ => ("fingerprint", "fingerprint check"),
            };
            match reached.get(key) {
                None if wrapped.is_some() => {}
                None => {
                    let at = self.stop(*world, chain, holder);
                    out.push(Guard { kind, state: Hold::Holds, at, note: format!("{name} stops it") });
                }
                Some((holder, last)) => {
                    let hole = self.hole(*world, ways, *holder, last);
                    let guard = hole.map(|(at, note)| Guard { kind, state: Hold::Hole, at: Some(at), note });
                    let note = format!("no {name} on this way");
                    out.push(guard.unwrap_or(Guard { kind, state: Hold::Missing, at: None, note }));
                }
            }
        }
        if let Some((at, wrapped)) = wrapped {
            let environment = wrapped.environment.as_ref().map(|e| format!(" --env {e}")).unwrap_or_default();
            let name = if wrapped.run { "guard run" } else { "guard migrate" };
            let note = format!("goes through `{name}{environment}`");
            let at = Some(self.spot(at));
            out.push(Guard { kind: "wrapper", state: Hold::Holds, at, note });
        }
        out
    }

    /// Where a guard stops the programs of a way. Whoever starts a program that stops is told of it, too, so
    /// the last one that says so is the one that has the guard.
    fn stop(&mut self, world: World, chain: &[(Actor, &Event)], holder: Actor) -> Option<Spot> {
        let actors = chain.iter().map(|(actor, _)| *actor).chain([holder]).rev();
        let at = actors
            .flat_map(|actor| &self.actors.walk(world, actor).events)
            .find_map(|event| matches!(event.kind, EventKind::GuardStop).then_some(event.at))?;
        Some(self.spot(at))
    }

    /// Why a guard that is there does not stop it.
    fn hole(&mut self, world: World, ways: &Ways<'_>, holder: Actor, last: &Event) -> Option<(Spot, String)> {
        let steps = chain(ways, holder);
        let all = steps.iter().map(|(actor, event)| (*actor, *event)).chain([(holder, last)]);
        let (at, message) = all.into_iter().find_map(|(actor, event)| {
            let walk = self.actors.walk(world, actor);
            let excuse = event.excuses.iter().find_map(|at| walk.excuses.get(*at))?;
            Some((excuse.at, inline::excused(excuse, world).message))
        })?;
        Some((self.spot(at), message))
    }

    pub(super) fn standing(
        &self,
        entry: Origin,
        from: Actor,
        chain: &[(Actor, &Event)],
        holder: Actor,
        event: &Event,
        guards: &[Guard],
    ) -> Standing {
        let facts = self.analysis.facts();
        if let Actor::Program(file) = holder
            && self.actors.is_application(file)
        {
            return Standing::Application;
        }
        let unprotected = |name: &str| {
            facts.contract.is_some_and(|c| {
                c.environments.known.iter().any(|known| known.value == name) && !c.is_protected(name)
            })
        };
        let wrappers = chain.iter().filter_map(|(_, start)| wrapped(start)).chain(&event.wrapped);
        let dev = |w: &Wrapped| w.environment.as_ref().and_then(|e| e.as_known()).is_some_and(unprotected);
        let local = match entry {
            Origin::Entry(at) => own_database::is_local(&facts, at),
            Origin::Hand | Origin::Nobody => false,
        };
        let actors = chain.iter().map(|(actor, _)| *actor).chain([from, holder]);
        let declared: Vec<_> = actors
            .filter_map(|actor| match actor {
                Actor::Program(file) => facts.scope.scripts.get(&file),
                Actor::Entry(_) => None,
            })
            .flatten()
            .filter_map(|at| facts.contract.map(|c| &c.scripts[*at]))
            .collect();
        let harmless = !declared.is_empty() && declared.iter().all(|script| !facts.is_protected(script));
        if wrappers.into_iter().any(dev) || local || harmless {
            return Standing::Open;
        }
        match guards.iter().filter(|guard| guard.state == Hold::Holds).count() {
            _ if guards.iter().all(|guard| guard.state == Hold::Holds) => Standing::Guarded,
            0 => Standing::Unguarded,
            _ => Standing::Partly,
        }
    }
}

/// The actors of a way, each with what it started next; the last one's own effect is not in it.
pub(super) fn chain<'w>(ways: &Ways<'w>, holder: Actor) -> Vec<(Actor, &'w Event)> {
    let mut out = Vec::new();
    let mut at = holder;
    while let Some(Some((before, event))) = ways.get(&at) {
        out.push((*before, *event));
        at = *before;
    }
    out.reverse();
    out
}

fn wrapped(event: &Event) -> Option<&Wrapped> {
    match &event.kind {
        EventKind::Reach { how: crate::reach::event::How::Started { wrapped: Some(wrapped) }, .. } => {
            Some(wrapped)
        }
        _ => event.wrapped.as_ref(),
    }
}
