class UsersController < ApplicationController
  def destroy
    User.find(params[:id]).destroy!
    redirect_to users_path
  end
end
