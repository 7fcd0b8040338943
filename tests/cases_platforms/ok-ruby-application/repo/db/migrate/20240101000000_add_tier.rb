class AddTier < ActiveRecord::Migration[7.1]
  def change
    add_column :users, :tier, :integer
  end
end
