namespace :users do
  desc "Drops accounts that nobody uses"
  task purge: :environment do
    User.where("last_seen_at < ?", 2.years.ago).find_each do |user|
      user.destroy!
    end
    puts "done"
  end
end
