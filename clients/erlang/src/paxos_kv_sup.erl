%% @private The supervisors of the client's processes.
-module(paxos_kv_sup).

-behaviour(supervisor).

-export([start_link/0, init/1]).

-spec start_link() -> {ok, pid()} | {error, term()}.
start_link() -> supervisor:start_link({local, ?MODULE}, ?MODULE, top).

-spec init(top | guards | watchers) -> {ok, {supervisor:sup_flags(), [supervisor:child_spec()]}}.
init(top) ->
    {ok, {#{strategy => one_for_one, intensity => 5, period => 10}, [
        #{id => guards, start => {paxos_kv_guard, start_supervisor, []}, type => supervisor},
        #{id => watchers, start => {paxos_kv_watcher, start_supervisor, []}, type => supervisor},
        #{id => finder, start => {paxos_kv_finder, start_link, []}}
    ]}};
init(guards) ->
    %% A guard that ends has nothing left to guard: none is started again.
    {ok, {#{strategy => simple_one_for_one}, [
        #{id => guard, start => {paxos_kv_guard, start_link, []}, restart => temporary}
    ]}};
init(watchers) ->
    %% Nor is one that watches: the process that it tells knows.
    {ok, {#{strategy => simple_one_for_one}, [
        #{id => watcher, start => {paxos_kv_watcher, start_link, []}, restart => temporary}
    ]}}.
