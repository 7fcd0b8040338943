guard() { :; }
