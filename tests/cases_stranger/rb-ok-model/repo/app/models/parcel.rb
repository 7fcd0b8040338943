class Parcel < ApplicationRecord
  after_save { Depot.where(code: depot_code).update_all(touched: true) }
  def lose! = update!(state: "lost")
end
