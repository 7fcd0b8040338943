<?php

class UserController extends Controller
{
    public function destroy(int $id)
    {
        User::findOrFail($id)->delete();
        DB::table('audit')->insert(['user' => $id]);
    }
}
