-module(paxos_kv_call_tests).

-include_lib("eunit/include/eunit.hrl").

-define(SERVER, {?MODULE, node()}).

reply_test() ->
    Pid = paxos_kv_fake:start(?MODULE, [{reply, answer}]),
    ?assertEqual({reply, answer}, paxos_kv_call:ask(?SERVER, question, 5000)),
    ?assertEqual([question], paxos_kv_fake:asked(Pid)),
    paxos_kv_fake:stop(Pid).

nobody_test() ->
    ?assertEqual(unsent, paxos_kv_call:ask(?SERVER, question, 5000)).

ended_while_asked_test() ->
    Pid = paxos_kv_fake:start(?MODULE, [die]),
    ?assertEqual(unknown, paxos_kv_call:ask(?SERVER, question, 5000)),
    paxos_kv_fake:await(fun() -> not is_process_alive(Pid) end).

%% A reply that comes late leaves nothing in the mailbox.
late_test() ->
    Late = spawn(fun() ->
        register(?MODULE, self()),
        receive {'$gen_call', From, _} -> receive go -> gen_server:reply(From, late) end end,
        receive done -> ok end
    end),
    paxos_kv_fake:await(fun() -> whereis(?MODULE) =:= Late end),
    ?assertEqual(unknown, paxos_kv_call:ask(?SERVER, question, 1)),
    Late ! go,
    Late ! {flushed, self()},
    Late ! done,
    paxos_kv_fake:await(fun() -> not is_process_alive(Late) end),
    ?assertEqual(nothing, receive Any -> Any after 0 -> nothing end).

%% To a node that cannot be reached.
no_node_test() ->
    ?assertEqual(unsent, paxos_kv_call:ask({?MODULE, 'nobody@127.0.0.1'}, question, 5000)),
    ?assertEqual({error, no_node}, paxos_kv:get(k, [{at, 'nobody@127.0.0.1'}], 10)),
    ?assertEqual({error, no_node}, paxos_kv:get(k, [{at, 'nobody@127.0.0.1'}, {no_quorum, return}])).
