<?php
use Illuminate\Support\Facades\DB;

DB::table('members')->where('plan', 'idle')->delete();
