<?php
use App\Models\Member;

Member::where('plan', 'idle')->update(['plan' => 'free']);
