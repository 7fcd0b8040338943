class SweepJob < ApplicationJob
  def perform = Parcel.where(state: "lost").delete_all
end
