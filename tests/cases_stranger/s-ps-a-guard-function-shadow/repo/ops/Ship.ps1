function guard { & $args[-2] $args[-1] }
guard migrate --env prod
guard fingerprint verify prod
