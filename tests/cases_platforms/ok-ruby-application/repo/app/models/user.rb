class User < ApplicationRecord
  def close!
    sessions.delete_all
    update!(closed_at: Time.current)
  end
end
