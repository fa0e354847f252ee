# shellcheck shell=bash
# What must be true of ./setup-dev.sh and docker-compose.yml. Every check is a function that fails at
# the first thing that is not so; they run in this order and build on each other.
# shellcheck disable=SC2154 # set in run.sh

run_checks() {
  check "docker-compose.yml refuses to start without passwords" compose_needs_passwords
  check "--help explains, an unknown option is refused (2)" options_are_explained
  check "Node too old or missing is refused (3)" node_is_checked
  check "no docker (4), no docker compose (5) is refused" docker_is_checked
  check "a foreign database in the environment is refused before anything is written (8)" foreign_environment_is_refused
  check "PostgreSQL's port taken: says which and what to change (7), .env is written for it" database_port_taken
  check "Redis's port taken: says which and what to change (7)" redis_port_taken
  check "the first run sets everything up" first_run
  if [ "$status" != 0 ]; then
    say "everything else needs a first run that works"
    return
  fi
  check "the containers are local, guarded, bounded and keep their secrets" containers_are_guarded
  check "the server's role reads and writes rows and nothing else" server_cannot_change_the_schema
  check "a second run changes nothing and loses nothing" second_run
  check "npm start answers on this database and stops cleanly" server_answers
  check "the monitoring profile is understood, and listens on this machine only" monitoring_is_local
  if monitoring_ports_are_free; then
    check "Prometheus and Alertmanager of the profile run, know every alert and find the server" monitoring_runs
  else
    say "not run: the monitoring profile, because port 9090 or 9093 is taken"
  fi
  check "a foreign or incomplete .env is refused (8)" foreign_env_file_is_refused
  check "a second copy of the project does not take the containers over (11)" second_copy_is_refused
  check "a container that dies again and again is reported with its log (9)" dying_container_is_reported
  check "docker compose down and setup again: the data is still there" data_survives_down
  check "a new .env, with another password: the data is still there" data_survives_new_env
  check "engine not running is refused (6); started again, the data is still there" engine_stopped
  check "--reset without an answer, or with no, deletes nothing (10)" reset_needs_an_answer
  check "--reset --yes starts with an empty database and sample data, and keeps .env" reset_starts_anew
  if [ "$(id -u)" = 0 ]; then
    check "npm run demo uses the engine where no server program is installed" demo_on_docker
  else
    say "not run: the demo without server programs, because only root can hide those of this machine"
  fi
}
