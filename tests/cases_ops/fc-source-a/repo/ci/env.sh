CI=true
