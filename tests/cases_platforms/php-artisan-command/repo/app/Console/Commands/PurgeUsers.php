<?php

namespace App\Console\Commands;

use App\Models\User;
use Illuminate\Console\Command;

class PurgeUsers extends Command
{
    protected $signature = 'users:purge {--force}';

    public function handle(): int
    {
        User::query()->where('active', false)->delete();
        return self::SUCCESS;
    }
}
