require_relative "../config/environment"

Member
  .where(plan: "idle")
  .in_batches
  .delete_all
