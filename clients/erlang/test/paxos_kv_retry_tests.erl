%% Requests to one server of this node, which answers by a script.
-module(paxos_kv_retry_tests).

-include_lib("eunit/include/eunit.hrl").

-define(PUT(Value, Options), fun() -> paxos_kv:put(k, Value, [{at, node()} | Options]) end).
-define(GET(Options), fun() -> paxos_kv:get(k, [{at, node()} | Options]) end).
-define(RESIZE, fun() -> paxos_kv:resize_cluster(3, [{at, node()}]) end).

%% {Name, Call, Steps of the server, Result, how often it was asked at the most}
outcome_test_() ->
    Indeterminate = {error, indeterminate},
    [{Name, {timeout, 30, fun() -> outcome(Call, Steps, Want, Asked) end}} || {Name, Call, Steps, Want, Asked} <- [
        {"a put", ?PUT(v, []), [{reply, {ok, v}}], {ok, v}, 1},
        {"a put that finds another's", ?PUT(v, []), [{reply, {ok, w}}], {ok, w}, 1},
        {"a get", ?GET([]), [{reply, {ok, v}}], {ok, v}, 1},
        {"a get of nothing", ?GET([]), [{reply, {error, not_found}}], {error, not_found}, 1},
        {"in vain", ?PUT(v, []), [{reply, {error, invalid_value}}], {error, invalid_value}, 1},
        {"malformed", ?PUT(v, []), [{reply, {error, {bad_request, <<"why">>}}}], {error, {bad_request, <<"why">>}}, 1},
        {"without a quorum for a while", ?PUT(v, []),
            [{reply, {error, no_quorum}}, {reply, {error, timeout}}, {reply, {error, busy}}, {reply, {error, closed}}, {reply, {ok, w}}], {ok, w}, 5},
        {"without a quorum", ?PUT(v, [{timeout, 2000}]), [{reply, {error, no_quorum}}], {error, no_quorum}, 100},
        {"without a quorum, return", ?PUT(v, [{no_quorum, return}]), [{reply, {error, no_quorum}}], {error, no_quorum}, 1},
        {"no answer to a get", ?GET([{timeout, 300}]), [silent], {error, timeout}, 1},
        {"no answer to a put", ?PUT(v, [{timeout, 300}]), [silent], Indeterminate, 1},
        {"half of the time is left", ?GET([{timeout, 2000}]), [silent, {reply, {ok, v}}], {ok, v}, 2},
        %% A put may have been chosen, and this answer says that it was, or another of the same.
        {"a put of which another says that it was chosen", ?PUT(v, [{timeout, 2000}]), [silent, {reply, {ok, v}}], {ok, v}, 2},
        %% It may have been chosen and erased before w was, or be chosen after w is erased.
        {"a put that cannot be told of", ?PUT(v, [{timeout, 2000}]), [silent, {reply, {ok, w}}], Indeterminate, 2},
        {"nor by an error", ?PUT(v, [{timeout, 2000}]), [silent, {reply, {error, invalid_value}}], Indeterminate, 2},
        {"nor by a lack of quorum", ?PUT(v, [{timeout, 2000}, {no_quorum, return}]),
            [silent, {reply, {error, no_quorum}}], Indeterminate, 2},
        {"indeterminate, and chosen", ?PUT(v, []), [{reply, Indeterminate}, {reply, {ok, v}}], {ok, v}, 2},
        {"indeterminate", ?PUT(v, []), [{reply, Indeterminate}, {reply, {ok, w}}], Indeterminate, 2},
        {"indeterminate, and chosen, with its rev", ?PUT(v, [rev]), [{reply, Indeterminate}, {reply, {ok, v, rev}}], {ok, v, rev}, 2},
        {"indeterminate, with a rev", ?PUT(v, [rev]), [{reply, Indeterminate}, {reply, {ok, w, rev}}], Indeterminate, 2},
        {"1 is not 1.0", ?PUT(1, []), [{reply, Indeterminate}, {reply, {ok, 1.0}}], Indeterminate, 2},
        {"a get is told again whatever was", ?GET([{timeout, 2000}]), [silent, {reply, {error, not_found}}], {error, not_found}, 2},
        {"a resize", ?RESIZE, [{reply, ok}], ok, 1},
        {"a resize refused", ?RESIZE, [{reply, {error, refused}}], {error, refused}, 1},
        {"a resize, and done", ?RESIZE, [{reply, {error, timeout}}, {reply, ok}], ok, 2}
    ]].

outcome(Call, Steps, Want, Most) ->
    Servers = [paxos_kv_fake:start(Name, Steps) || Name <- ['PaxosKV.Proposer', 'PaxosKV.Learner', 'PaxosKV.Cluster']],
    try
        ?assertEqual(Want, Call()),
        Asked = length(lists:append([paxos_kv_fake:asked(S) || S <- Servers])),
        ?assert(Asked >= 1),
        ?assert(Asked =< Most)
    after
        lists:foreach(fun paxos_kv_fake:stop/1, Servers)
    end.

fail_test() ->
    Server = paxos_kv_fake:start('PaxosKV.Proposer', [{reply, {error, no_quorum}}]),
    ?assertExit(no_quorum, (?PUT(v, [{no_quorum, fail}]))()),
    paxos_kv_fake:stop(Server).

%% The server is told what it has to know, and to end before the caller does.
wire_test() ->
    Server = paxos_kv_fake:start('PaxosKV.Proposer', [{reply, {ok, v}}]),
    Began = erlang:monotonic_time(millisecond),
    {ok, v} = paxos_kv:put(k, v, #{pid => self(), stale => true, no_quorum => return, at => node()}, 18000),
    Took = erlang:monotonic_time(millisecond) - Began,
    [{put, k, v, Options}] = paxos_kv_fake:asked(Server),
    Self = self(),
    [stale, {no_quorum, return}, {pid, Self}, {timeout, Ms}] = lists:sort(Options),
    ?assert(Ms =< 8100 andalso Ms >= 8100 - Took), % of what was left when it was sent
    {ok, v} = paxos_kv:put(k, v, [{at, node()}], infinity),
    [_, {put, k, v, Long}] = paxos_kv_fake:asked(Server),
    ?assertEqual(9000, proplists:get_value(timeout, Long)),
    paxos_kv_fake:stop(Server).

%% A server that ends while it is asked, and is started again.
restarted_test() ->
    First = paxos_kv_fake:start('PaxosKV.Proposer', [die]),
    spawn_link(fun() ->
        paxos_kv_fake:await(fun() -> not is_process_alive(First) end),
        paxos_kv_fake:start('PaxosKV.Proposer', [{reply, {ok, w}}])
    end),
    ?assertEqual({error, indeterminate}, (?PUT(v, []))()),
    paxos_kv_fake:stop(whereis('PaxosKV.Proposer')).

%% The pid and the node that a key is tied to, and the calls of the cluster.
calls_test() ->
    Learner = paxos_kv_fake:start('PaxosKV.Learner', [{reply, {ok, self()}}, {reply, {ok, node()}}]),
    Cluster = paxos_kv_fake:start('PaxosKV.Cluster',
        [{reply, R} || R <- [3, [node()], {[node()], 3}, true, pong, {error, {bad_request, <<"why">>}}]]),
    At = [{at, node()}],
    ?assertEqual({ok, self()}, paxos_kv:pid(k, At)),
    ?assertEqual({ok, node()}, paxos_kv:node(k, At, 1000)),
    ?assertMatch([{pid, k, [_, _]}, {node, k, [_, _]}], paxos_kv_fake:asked(Learner)),
    ?assertEqual({ok, 3}, paxos_kv:cluster_size(At)),
    ?assertEqual({ok, [node()]}, paxos_kv:nodes(At)),
    ?assertEqual({ok, {[node()], 3}}, paxos_kv:nodes_and_cluster_size(At)),
    ?assertEqual({ok, true}, paxos_kv:quorum(At)),
    ?assertEqual(pong, paxos_kv:ping(At)),
    ?assertEqual(pang, paxos_kv:ping(At)),
    ?assertEqual([cluster_size, nodes, nodes_and_cluster_size, quorum, ping, ping], paxos_kv_fake:asked(Cluster)),
    lists:foreach(fun paxos_kv_fake:stop/1, [Learner, Cluster]).

%% The application is not started: a call without at says so.
not_started_test() ->
    ?assertEqual({error, not_started}, paxos_kv:get(k)),
    ?assertEqual({error, not_started}, paxos_kv:subscribe()),
    ?assertEqual({error, not_started}, paxos_kv_names:register(name, self())),
    ?assertEqual({error, not_started}, paxos_kv:wait_for_quorum()).
