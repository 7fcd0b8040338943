task :lint do
  sh "bundle exec rubocop"
  sh "git diff --exit-code"
end
