-module(paxos_kv_options_tests).

-include_lib("eunit/include/eunit.hrl").

read_test_() ->
    Default = #{timeout => 5000, at => undefined, no_quorum => retry, wire => []},
    [?_assertEqual({ok, maps:merge(Default, Want)}, paxos_kv_options:read(Options)) || {Options, Want} <- [
        {[], #{}},
        {#{}, #{}},
        {[{timeout, 7}], #{timeout => 7}},
        {[{timeout, 7}, {timeout, infinity}], #{timeout => infinity}},
        {#{timeout => 0}, #{timeout => 0}},
        {[{at, a@b}], #{at => a@b}},
        {[{no_quorum, fail}], #{no_quorum => fail}},
        {[{pid, self()}, {pid, self()}, {key, [k]}], #{wire => [{pid, self()}, {pid, self()}, {key, [k]}]}},
        {#{bucket => b}, #{wire => [{bucket, b}]}},
        {[stale], #{wire => [stale]}},
        {#{stale => true}, #{wire => [stale]}},
        {[{stale, false}], #{}},
        {[rev], #{wire => [rev]}},
        {#{rev => true}, #{wire => [rev]}},
        {#{rev => false}, #{}},
        %% What the client does not know, the cluster refuses.
        {[{unknown, 1}, other], #{wire => [{unknown, 1}, other]}}
    ]].

refused_test_() ->
    [fun() ->
        {error, {bad_request, Why}} = paxos_kv_options:read(Options),
        ?assert(is_binary(Why))
     end || Options <- [
        none, 1, {timeout, 5}, [{timeout, 5} | more],
        [{timeout, -1}], [{timeout, soon}], [{timeout, 1.5}], [{at, 1}], [{no_quorum, never}]
    ]].
