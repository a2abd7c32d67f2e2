%% @private What a name is tied to: a process that lives as long as the process
%% with the name, or until the name is given up.
-module(paxos_kv_guard).

-behaviour(gen_server).

-export([start_supervisor/0, start/1, stop/2]).
-export([start_link/1, init/1, handle_call/3, handle_cast/2, handle_info/2]).

%% @doc The supervisor of the guards of this node.
-spec start_supervisor() -> {ok, pid()} | {error, term()}.
start_supervisor() -> supervisor:start_link({local, paxos_kv_guards}, paxos_kv_sup, guards).

%% @doc Starts the guard of a process.
-spec start(pid()) -> {ok, pid()} | {error, not_started}.
start(Pid) ->
    try supervisor:start_child(paxos_kv_guards, [Pid]) of
        {ok, Guard} -> {ok, Guard}
    catch
        exit:_ -> {error, not_started}
    end.

%% @doc Ends a guard, on whatever node, or finds it ended.
-spec stop(pid(), timeout()) -> ok | {error, timeout | nodedown}.
stop(Guard, Timeout) ->
    try gen_server:call(Guard, stop, Timeout)
    catch
        exit:{timeout, _} -> {error, timeout};
        exit:{{nodedown, _}, _} -> {error, nodedown};
        exit:_ -> ok
    end.

-spec start_link(pid()) -> {ok, pid()} | {error, term()} | ignore.
start_link(Pid) -> gen_server:start_link(?MODULE, Pid, []).

-spec init(pid()) -> {ok, reference()}.
init(Pid) -> {ok, erlang:monitor(process, Pid)}.

-spec handle_call(term(), gen_server:from(), reference()) ->
    {stop, normal, ok, reference()} | {reply, term(), reference()}.
handle_call(stop, _, Ref) -> {stop, normal, ok, Ref};
handle_call(_, _, Ref) -> {reply, {error, bad_request}, Ref}.

-spec handle_cast(term(), reference()) -> {noreply, reference()}.
handle_cast(_, Ref) -> {noreply, Ref}.

-spec handle_info(term(), reference()) -> {stop, normal, reference()} | {noreply, reference()}.
handle_info({'DOWN', Ref, process, _, _}, Ref) -> {stop, normal, Ref};
handle_info(_, Ref) -> {noreply, Ref}.
