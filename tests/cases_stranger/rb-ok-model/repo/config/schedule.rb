every(1.day) { runner "SweepJob.perform_later" }
