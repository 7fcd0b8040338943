{ pkgs }: pkgs.mkShell { CI = "true"; }
