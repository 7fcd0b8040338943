a:
	$(call f,$(call g,$(
define X
