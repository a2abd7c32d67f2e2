%% A server with a name of the cluster.
-module(named).
-behaviour(gen_server).
-export([start/1, restart/1, who/1, init/1, handle_call/3, handle_cast/2]).

%% What gen_server:start_link returns, in a process that goes on.
start(Name) ->
    Self = self(),
    spawn(fun() ->
        process_flag(trap_exit, true),
        Self ! {started, gen_server:start_link({via, paxos_kv_names, Name}, ?MODULE, Name, [])},
        receive after infinity -> ok end
    end),
    receive {started, Result} -> Result end.

%% Ends the server, and starts it again the moment that it has ended.
restart(Name) ->
    Pid = paxos_kv_names:whereis_name(Name),
    Ref = monitor(process, Pid),
    exit(Pid, kill),
    receive {'DOWN', Ref, process, Pid, killed} -> start(Name) end.

%% The node of the server with the name.
who(Name) ->
    {Name, Pid} = gen_server:call({via, paxos_kv_names, Name}, who),
    Pid = paxos_kv_names:whereis_name(Name),
    node(Pid).

init({fails, _}) -> {stop, asked};
init(Name) -> {ok, Name}.

handle_call(who, _, Name) -> {reply, {Name, self()}, Name};
handle_call(stop, _, Name) -> {stop, normal, ok, Name}.

handle_cast(stop, Name) -> {stop, asked, Name}.
