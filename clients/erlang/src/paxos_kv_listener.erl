%% @private Listens to the node that is asked, for the finder, and keeps this node
%% connected with the others of the cluster. It ends when the node goes.
-module(paxos_kv_listener).

-export([start/1, stop/2]).

-define(SERVICE, 'PaxosKV.Cluster').
%% How often it looks for nodes that are not connected.
-define(LOOK, 2000).

%% @doc Starts a listener. The caller is told {quorum, Listener, boolean()}, the
%% present state at once, and then each change.
-spec start(node()) -> {pid(), reference()}.
start(Node) ->
    Finder = self(),
    spawn_monitor(fun() ->
        Ends = [erlang:monitor(process, Finder), erlang:monitor(process, {?SERVICE, Node})],
        _ = erlang:send({?SERVICE, Node}, {'$gen_cast', {subscribe, self()}}, [noconnect, nosuspend]),
        _ = erlang:send_after(?LOOK, self(), look),
        listen(Node, Finder, Ends)
    end).

%% @doc Ends a listener. Its node sees that, and forgets it.
-spec stop(pid(), reference()) -> ok.
stop(Listener, Ref) ->
    true = erlang:demonitor(Ref, [flush]),
    true = exit(Listener, kill),
    ok.

listen(Node, Finder, Ends) ->
    receive
        quorum_reached ->
            Finder ! {quorum, self(), true},
            listen(Node, Finder, Ends);
        quorum_lost ->
            Finder ! {quorum, self(), false},
            listen(Node, Finder, Ends);
        look ->
            %% Not here: what the node says is not to wait.
            _ = spawn(fun() -> paxos_kv_search:reach_all(Node) end),
            _ = erlang:send_after(?LOOK, self(), look),
            listen(Node, Finder, Ends);
        {'DOWN', Ref, process, _, Reason} ->
            case lists:member(Ref, Ends) of
                true -> exit(Reason);
                false -> listen(Node, Finder, Ends)
            end;
        _ ->
            listen(Node, Finder, Ends)
    end.
