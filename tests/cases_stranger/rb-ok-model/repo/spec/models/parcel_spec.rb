RSpec.describe Parcel do
  before { Parcel.delete_all }
end
