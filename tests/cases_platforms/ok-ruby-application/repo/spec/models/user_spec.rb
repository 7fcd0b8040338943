RSpec.describe User do
  before { User.delete_all }
  it { expect(User.create!(name: "x")).to be_valid }
end
