%% The application on this node, beside nodes with servers that stand for those of
%% the store. Each test gets two of them, connected and known to each other.
-module(paxos_kv_peers_tests).

-include_lib("eunit/include/eunit.hrl").

peers_test_() ->
    {foreach, fun start/0, fun stop/1, [
        fun(Peers) -> {atom_to_list(Name), {timeout, 60, fun() -> ?MODULE:Name(Peers) end}} end
        || {Name, 1} <- ?MODULE:module_info(exports), lists:prefix("t_", atom_to_list(Name))
    ]}.

-compile([export_all, nowarn_export_all]).

start() ->
    Store = paxos_kv_fake:start_store(),
    true = register(?MODULE, Store),
    Peers = [receive {Starter, Peer} -> Peer end || Starter <- [start_peer(), start_peer()]],
    {ok, _} = application:ensure_all_started(paxos_kv),
    Peers.

%% Starts a peer, which is sent with the pid that is returned.
start_peer() ->
    Self = self(),
    spawn_link(fun() -> Self ! {self(), paxos_kv_fake:start_peer(whereis(?MODULE))} end).

stop(Peers) ->
    ok = application:stop(paxos_kv),
    lists:foreach(fun({Peer, _}) -> catch peer:stop(Peer) end, Peers),
    paxos_kv_fake:stop(whereis(?MODULE)),
    flush().

flush() -> receive _ -> flush() after 0 -> ok end.

%% The node that is asked, and the other.
used([{_, A}, {_, B}]) ->
    {ok, Node} = paxos_kv_finder:find(undefined, retry, 5000),
    {Node, hd([A, B] -- [Node])}.

peer(Node, Peers) -> element(1, lists:keyfind(Node, 2, Peers)).

kill(Node, Name) ->
    true = exit(erpc:call(Node, erlang, whereis, [Name]), kill),
    paxos_kv_fake:await(fun() -> erpc:call(Node, erlang, whereis, [Name]) =:= undefined end).

next() -> receive Any -> Any after 10000 -> nothing end.

%% Calls find a node by themselves.
t_calls(_) ->
    ?assertEqual(ok, paxos_kv:wait_for_quorum()),
    ?assertEqual({ok, v}, paxos_kv:put(k, v)),
    ?assertEqual({ok, v}, paxos_kv:put(k, w, #{})),
    ?assertEqual({ok, v}, paxos_kv:get(k)),
    ?assertEqual({error, not_found}, paxos_kv:get(none, [], infinity)),
    ?assertEqual(pong, paxos_kv:ping()).

%% The node that was used ends: the next call goes to the other.
t_node_ends(Peers) ->
    {Used, Other} = used(Peers),
    peer:stop(peer(Used, Peers)),
    ?assertEqual({ok, [Other]}, paxos_kv:nodes()),
    ?assertEqual({Other, Used}, used(Peers)).

%% So it does when only the store on it ends, or a part of it.
t_store_ends(Peers) ->
    {Used, Other} = used(Peers),
    kill(Used, 'PaxosKV.Proposer'),
    ?assertEqual({ok, v}, paxos_kv:put(k, v)),
    ?assertEqual({Other, Used}, used(Peers)),
    %% Where the last attempt has no answer in time, that is indeterminate.
    paxos_kv_fake:await(fun() -> paxos_kv:put(k, v, [{at, Used}], 100) =:= {error, no_node} end).

%% A node that has no quorum is left for one that has.
t_quorum_is_preferred(Peers) ->
    {Used, Other} = used(Peers),
    paxos_kv_fake:play({'PaxosKV.Cluster', Used}, {quorum, false}),
    paxos_kv_fake:await(fun() -> used(Peers) =:= {Other, Used} end),
    ?assertEqual({ok, true}, paxos_kv:quorum()).

%% Where no node has a quorum, one is asked all the same.
t_no_quorum(Peers) ->
    [paxos_kv_fake:play({'PaxosKV.Cluster', Node}, {quorum, false}) || {_, Node} <- Peers],
    paxos_kv_fake:await(fun() -> paxos_kv:quorum() =:= {ok, false} end),
    ?assertEqual({error, no_quorum}, paxos_kv:wait_for_quorum(200)),
    [paxos_kv_fake:play({'PaxosKV.Cluster', Node}, {quorum, true}) || {_, Node} <- Peers],
    ?assertEqual(ok, paxos_kv:wait_for_quorum()).

%% Nobody is left: errors, in time, for each way to ask.
t_no_node(Peers) ->
    {_, _} = used(Peers),
    [peer:stop(Peer) || {Peer, _} <- Peers],
    paxos_kv_fake:await(fun() -> paxos_kv:ping([{no_quorum, return}]) =:= pang end),
    Began = erlang:monotonic_time(millisecond),
    ?assertEqual({error, no_node}, paxos_kv:put(k, v, [], 300)),
    ?assert(erlang:monotonic_time(millisecond) - Began >= 300),
    ?assertEqual({error, no_node}, paxos_kv:get(k, [{no_quorum, return}], infinity)),
    ?assertEqual({error, no_node}, paxos_kv:get(k, [{no_quorum, fail}], infinity)),
    ?assertEqual(pang, paxos_kv:ping([{no_quorum, return}])),
    ?assertEqual({error, no_quorum}, paxos_kv:wait_for_quorum(100)),
    ?assertEqual({error, no_node}, paxos_kv_names:register(name, self(), 100)),
    ?assertExit({badarg, {name, hello}}, paxos_kv_names:send(name, hello)).

%% A call waits for a node that comes later.
t_node_comes(Peers) ->
    {_, _} = used(Peers),
    [peer:stop(Peer) || {Peer, _} <- Peers],
    paxos_kv_fake:await(fun() -> paxos_kv:ping([{no_quorum, return}]) =:= pang end),
    Self = self(),
    spawn_link(fun() -> Self ! paxos_kv:put(k, v, [], infinity) end),
    spawn_link(fun() -> Self ! paxos_kv:put(k, v, [], 30000) end),
    paxos_kv_fake:await(fun() -> length(element(7, sys:get_state(paxos_kv_finder))) =:= 2 end),
    {Peer, _} = paxos_kv_fake:start_peer(whereis(?MODULE)),
    ?assertEqual({ok, v}, next()),
    ?assertEqual({ok, v}, next()),
    peer:stop(Peer).

%% The nodes of the configuration are connected to, and all that those know.
t_connects(Peers) ->
    [{_, A}, {_, B}] = Peers,
    paxos_kv_fake:play({'PaxosKV.Cluster', A}, {nodes, [A, B, 'nobody@127.0.0.1']}),
    ok = application:stop(paxos_kv),
    [erlang:disconnect_node(N) || N <- [A, B]],
    paxos_kv_fake:await(fun() -> nodes(connected) =:= [] end),
    application:set_env(paxos_kv, nodes, [node(), A]),
    try
        {ok, _} = application:ensure_all_started(paxos_kv),
        ?assertEqual({ok, A}, paxos_kv_finder:find(undefined, retry, 5000)),
        %% The finder waits for the others, but not for long.
        paxos_kv_fake:await(fun() -> lists:sort(nodes(connected)) =:= lists:sort([A, B]) end)
    after
        application:set_env(paxos_kv, nodes, [])
    end.

%% Subscribers are told the present state, and each change, whatever node it is
%% that tells.
t_subscribers(Peers) ->
    ok = paxos_kv:subscribe(),
    ?assertEqual(quorum_reached, next()),
    ok = paxos_kv:subscribe(self()),
    ?assertEqual(quorum_reached, next()),
    {Used, Left} = used(Peers),
    peer:stop(peer(Used, Peers)),
    paxos_kv_fake:await(fun() -> used(Peers) =:= {Left, Used} end),
    paxos_kv_fake:play({'PaxosKV.Cluster', Left}, {quorum, false}),
    ?assertEqual(quorum_lost, next()),
    peer:stop(peer(Left, Peers)),
    {Peer, _} = paxos_kv_fake:start_peer(whereis(?MODULE)),
    ?assertEqual(quorum_reached, next()),
    ok = paxos_kv:unsubscribe(),
    ok = paxos_kv:unsubscribe(),
    peer:stop(Peer),
    paxos_kv_fake:await(fun() -> paxos_kv:ping([{no_quorum, return}]) =:= pang end),
    ?assertEqual(nothing, receive Any -> Any after 0 -> nothing end).

%% A subscriber that ends is forgotten.
t_subscriber_ends(_) ->
    Pid = spawn(fun() -> paxos_kv:subscribe(), receive quorum_reached -> ok end end),
    paxos_kv_fake:await(fun() -> not is_process_alive(Pid) end),
    paxos_kv_fake:await(fun() -> element(8, sys:get_state(paxos_kv_finder)) =:= #{} end).

%% The finder is started again, and finds again.
t_finder_ends(Peers) ->
    {_, _} = used(Peers),
    Finder = whereis(paxos_kv_finder),
    exit(Finder, kill),
    ?assertEqual({ok, v}, paxos_kv:put(k, v)),
    paxos_kv_fake:await(fun() -> not lists:member(whereis(paxos_kv_finder), [undefined, Finder]) end),
    ok = gen_server:stop(paxos_kv_finder),
    ?assertEqual({ok, v}, paxos_kv:get(k)).

%% What it does not know does it no harm.
t_noise(Peers) ->
    {Used, _} = used(Peers),
    Finder = whereis(paxos_kv_finder),
    ?assertEqual({error, bad_request}, gen_server:call(paxos_kv_finder, noise)),
    ok = gen_server:cast(paxos_kv_finder, noise),
    Finder ! noise,
    Finder ! {quorum, self(), false},
    {ok, Guard} = paxos_kv_guard:start(self()),
    ?assertEqual({error, bad_request}, gen_server:call(Guard, noise)),
    ok = gen_server:cast(Guard, noise),
    Guard ! noise,
    ok = paxos_kv_guard:stop(Guard, 1000),
    ok = paxos_kv_guard:stop(Guard, 1000),
    ?assertMatch({Used, _}, used(Peers)),
    ?assertEqual(Finder, whereis(paxos_kv_finder)).

%% Names, as gen_server and others use them.
holder() -> spawn(fun Loop() -> receive stop -> ok; {From, Text} -> From ! {heard, self(), Text}, Loop() end end).

t_names(_) ->
    {A, B} = {holder(), holder()},
    ?assertEqual(undefined, paxos_kv_names:whereis_name(name)),
    ?assertEqual(yes, paxos_kv_names:register_name(name, A)),
    ?assertEqual(no, paxos_kv_names:register_name(name, B)),
    ?assertEqual(no, paxos_kv_names:register_name(name, A)),
    ?assertEqual({error, {taken, A}}, paxos_kv_names:register(name, B)),
    ?assertEqual(A, paxos_kv_names:whereis_name(name)),
    ?assertEqual(A, paxos_kv_names:send(name, {self(), hello})),
    ?assertEqual({heard, A, hello}, next()),
    ?assertEqual(ok, paxos_kv_names:unregister_name(name)),
    ?assertEqual(undefined, paxos_kv_names:whereis_name(name)),
    ?assertEqual(ok, paxos_kv_names:unregister_name(name)),
    ?assert(is_process_alive(A)),
    ?assertEqual(yes, paxos_kv_names:register_name(name, B)),
    %% B ends, and A may have the name at once.
    B ! stop,
    paxos_kv_fake:await(fun() -> not is_process_alive(B) end),
    ?assertEqual(undefined, paxos_kv_names:whereis_name(name)),
    ?assertEqual(yes, paxos_kv_names:register_name(name, A)),
    A ! stop,
    paxos_kv_fake:await(fun() -> supervisor:count_children(paxos_kv_guards) =:=
        [{specs, 1}, {active, 0}, {supervisors, 0}, {workers, 0}] end).

%% A key of the names that holds something else is no name.
t_no_name(_) ->
    {ok, _} = paxos_kv:put({paxos_kv_names, name}, strange),
    ?assertEqual(undefined, paxos_kv_names:whereis_name(name)),
    ?assertExit({paxos_kv, invalid_value}, paxos_kv_names:register_name(name, self())),
    ?assertEqual({error, invalid_value}, paxos_kv_names:unregister_name(name)).

told(Watch) -> receive {paxos_kv, Watch, Event} -> Event after 10000 -> nothing end.

%% What the store tells arrives, and nothing after unwatch.
t_watch(_) ->
    {ok, One} = paxos_kv:watch(k),
    {ok, All} = paxos_kv:watch_all(#{timeout => 10000}),
    ?assertEqual({current, k}, told(One)),
    ?assertEqual(current, told(All)),
    paxos_kv_fake:play(whereis(?MODULE), {tell, {erased, k, none}}),
    ?assertEqual({erased, k, none}, told(One)),
    ?assertEqual({erased, k, none}, told(All)),
    paxos_kv_fake:play(whereis(?MODULE), {tell, {erased, k, none}}),
    ?assertEqual(ok, paxos_kv:unwatch(All)),
    ?assertEqual(ok, paxos_kv:unwatch(One)),
    ?assertEqual(ok, paxos_kv:unwatch(One)),
    ?assertEqual(nothing, receive Any -> Any after 0 -> nothing end).

%% When the node that tells goes, or the store on it, another tells.
t_watch_moves_on(Peers) ->
    {Used, Other} = used(Peers),
    {ok, One} = paxos_kv:watch(k),
    ?assertEqual({current, k}, told(One)),
    {ok, All} = paxos_kv:watch_all(),
    ?assertEqual(current, told(All)),
    kill(Used, 'PaxosKV.Learner'),
    ?assertEqual([{behind, k}, {missed, k}, {current, k}], [told(One), told(One), told(One)]),
    ?assertEqual([behind, missed, current], [told(All), told(All), told(All)]),
    ok = erpc:call(Used, ?MODULE, again, ['PaxosKV.Learner', whereis(?MODULE)]),
    peer:stop(peer(Other, Peers)),
    ?assertEqual([{behind, k}, {missed, k}, {current, k}], [told(One), told(One), told(One)]),
    ok = application:stop(paxos_kv),
    ?assertEqual(closed, told(One)),
    {ok, _} = application:ensure_all_started(paxos_kv).

again(Name, Store) ->
    {ok, _} = gen_server:start({local, Name}, paxos_kv_fake, {relay, Store}, []),
    ok.

%% The watch of a process that has ended ends.
t_watch_ends(_) ->
    Self = self(),
    {Pid, _} = spawn_monitor(fun() ->
        {ok, Watch} = paxos_kv:watch(k),
        Self ! {watch, Watch}
    end),
    Watch = receive {watch, W} -> W end,
    receive {'DOWN', _, process, Pid, _} -> ok end,
    paxos_kv_fake:await(fun() -> not is_process_alive(Watch) end),
    {ok, Mine} = paxos_kv:watch(k),
    {Other, Ref} = spawn_monitor(fun() -> ok = paxos_kv:unwatch(Mine) end),
    receive {'DOWN', Ref, process, Other, Why} -> ?assertEqual(normal, Why) end,
    ?assertNot(is_process_alive(Mine)).

%% An owner is told what the store says, once; and of silence, in time.
t_lost(Peers) ->
    Rev = {1, <<"n">>, 2},
    {ok, One} = paxos_kv:lost(k, Rev),
    kill(element(1, used(Peers)), 'PaxosKV.Learner'), % another node vouches from now on
    paxos_kv_fake:await(fun() -> paxos_kv_fake:play(whereis(?MODULE), {tell, {missed, k}}) =:= 2 end),
    paxos_kv_fake:play(whereis(?MODULE), {tell, {lost, k, Rev, closed}}),
    paxos_kv_fake:play(whereis(?MODULE), {tell, {lost, k, Rev, erased}}),
    ?assertEqual({missed, k}, told(One)),
    ?assertEqual({lost, k, Rev, erased}, lost(One)),
    {ok, Two} = paxos_kv:lost(k, Rev, [{silence, 2000}]),
    lists:foreach(fun({Peer, _}) -> peer:stop(Peer) end, Peers),
    ?assertEqual({lost, k, Rev, no_node}, lost(Two)),
    ?assertMatch({error, _}, paxos_kv:lost(k, Rev, [{timeout, 100}])),
    ?assertMatch({error, {bad_request, _}}, paxos_kv:lost(k, Rev, [{silence, soon}])),
    ?assertMatch({error, {bad_request, _}}, paxos_kv:watch(k, #{default => 1})),
    ?assertMatch({error, {bad_request, _}}, paxos_kv:watch_all([{timeout, soon}])),
    paxos_kv_fake:await(fun() ->
        case paxos_kv:watch(k, [{at, node()}, {timeout, 60}, {bucket, <<"none">>}]) of
            {error, unknown_bucket} -> true;
            {error, timeout} -> false % the word of it came too late
        end
    end).

lost(Watch) ->
    case told(Watch) of
        {missed, _} -> lost(Watch);
        Told -> Told
    end.
