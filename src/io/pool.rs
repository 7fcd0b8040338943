//! The threads that read files side by side, with room for sources that nest.

/// Enough for nearly every source that a person wrote; what nests deeper gets a stack of its own. Pages that
/// are not touched cost nothing.
const STACK: usize = 256 << 20;

/// Makes these threads what the process uses from now on.
pub fn prepare() {
    // It fails where there is a pool already, which only has less room.
    let _ = rayon::ThreadPoolBuilder::new().stack_size(STACK).build_global();
}
