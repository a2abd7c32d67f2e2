%% @private The supervisor of the client's processes.
-module(paxos_kv_sup).

-behaviour(supervisor).

-export([start_link/0, init/1]).

-spec start_link() -> supervisor:startlink_ret().
start_link() -> supervisor:start_link({local, ?MODULE}, ?MODULE, []).

-spec init([]) -> {ok, {supervisor:sup_flags(), [supervisor:child_spec()]}}.
init([]) ->
    Finder = #{id => finder, start => {paxos_kv_finder, start_link, []}},
    {ok, {#{strategy => one_for_one, intensity => 5, period => 10}, [Finder]}}.
