%% @private Knows which node of the cluster to ask, and whether that one sees a
%% quorum.
%%
%% Callers read the node from a persistent term and ask it themselves: this
%% process is in nobody's way. Only a caller that found the node to be of no use
%% comes here, and waits for the search, of which there is one at a time. (The
%% term is an atom, so changing it costs no garbage collection.)
%%
%% While the node sees no quorum, or there is none, the search goes on. A node
%% that does see one is preferred.
-module(paxos_kv_finder).

-behaviour(gen_server).

-export([start_link/0, find/3, subscribe/1, unsubscribe/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).

-define(NODE, {?MODULE, node}).
%% How soon a search in vain is followed by another.
-define(AGAIN, 500).

-type wanted() :: {gen_server:from(), once | retry, paxos_kv_retry:deadline()}.

-record(state, {
    node = undefined :: node() | undefined,
    listener = undefined :: undefined | {pid(), reference()},
    %% undefined: nothing is known yet.
    quorum = undefined :: boolean() | undefined,
    search = undefined :: undefined | {pid(), reference()},
    timer = undefined :: undefined | reference(),
    waiting = [] :: [wanted()],
    subscribers = #{} :: #{pid() => reference()}
}).

-spec start_link() -> {ok, pid()} | {error, term()} | ignore.
start_link() -> gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

%% @doc A node to ask, and not Lost unless there is no other. Where there is none,
%% once waits for the end of the search, and retry until Timeout.
-spec find(node() | undefined, once | retry, timeout()) -> {ok, node()} | {error, no_node | not_started}.
find(Lost, How, Timeout) ->
    case persistent_term:get(?NODE, undefined) of
        Node when Node =/= undefined, Node =/= Lost -> {ok, Node};
        _ -> call({find, Lost, How, paxos_kv_retry:deadline(Timeout)}, Timeout, no_node)
    end.

%% @doc Has quorum_reached and quorum_lost sent to a process.
-spec subscribe(pid()) -> ok | {error, timeout | not_started}.
subscribe(Pid) -> call({subscribe, Pid}, 5000, timeout).

-spec unsubscribe(pid()) -> ok | {error, timeout | not_started}.
unsubscribe(Pid) -> call({unsubscribe, Pid}, 5000, timeout).

call(Request, Timeout, Late) ->
    try gen_server:call(?MODULE, Request, Timeout)
    catch
        exit:{timeout, _} -> {error, Late};
        exit:_ ->
            case whereis(paxos_kv_sup) of
                undefined -> {error, not_started};
                _ -> {error, Late} % it is about to be started again
            end
    end.


-spec init([]) -> {ok, #state{}}.
init([]) ->
    process_flag(trap_exit, true),
    ok = net_kernel:monitor_nodes(true, [{node_type, all}]),
    {ok, search(undefined, #state{})}.

-spec handle_call(term(), gen_server:from(), #state{}) ->
    {reply, term(), #state{}} | {noreply, #state{}}.
handle_call({find, Lost, _, _}, _, #state{node = Node} = S) when Node =/= undefined, Node =/= Lost ->
    {reply, {ok, Node}, S};
handle_call({find, Lost, How, Deadline}, From, S) ->
    {noreply, search(Lost, drop(S#state{waiting = [{From, How, Deadline} | S#state.waiting]}))};
handle_call({subscribe, Pid}, _, #state{subscribers = Subscribers} = S) ->
    Ref = case Subscribers of
        #{Pid := Known} -> Known;
        #{} -> erlang:monitor(process, Pid)
    end,
    tell([Pid], S#state.quorum),
    {reply, ok, S#state{subscribers = Subscribers#{Pid => Ref}}};
handle_call({unsubscribe, Pid}, _, S) ->
    {reply, ok, forget(Pid, S)};
handle_call(_, _, S) ->
    {reply, {error, bad_request}, S}.

-spec handle_cast(term(), #state{}) -> {noreply, #state{}}.
handle_cast(_, S) -> {noreply, S}.

-spec handle_info(term(), #state{}) -> {noreply, #state{}}.
handle_info({quorum, Listener, Quorum}, #state{listener = {Listener, _}} = S) ->
    {noreply, rest(quorum(Quorum, S))};
handle_info({'DOWN', Ref, process, _, Found}, #state{search = {_, Ref}} = S) ->
    {noreply, rest(found(Found, S#state{search = undefined}))};
handle_info({'DOWN', Ref, process, _, _}, #state{listener = {_, Ref}, node = Node} = S) ->
    {noreply, search(Node, drop(S))};
handle_info({'DOWN', _, process, Pid, _}, S) ->
    {noreply, forget(Pid, S)};
handle_info(again, S) ->
    {noreply, wanted(S#state{timer = undefined})};
handle_info({nodeup, _, _}, S) ->
    {noreply, wanted(S)};
handle_info(_, S) ->
    {noreply, S}.

-spec terminate(term(), #state{}) -> ok.
terminate(_, S) ->
    _ = drop(S),
    ok.

search(Lost, #state{search = undefined} = S) -> S#state{search = paxos_kv_search:start(Lost)};
search(_, S) -> S.

%% Searches, where what there is leaves something to be wished for.
wanted(#state{quorum = true} = S) -> S;
wanted(#state{node = Node} = S) -> search(Node, S).

%% Has the search go on after a while, where what there is leaves something to be
%% wished for.
rest(#state{quorum = Quorum, timer = undefined, search = undefined} = S) when Quorum =/= true ->
    S#state{timer = erlang:send_after(?AGAIN, self(), again)};
rest(S) -> S.

%% The node is of no use any more.
drop(#state{node = undefined} = S) -> S;
drop(#state{listener = {Pid, Ref}} = S) ->
    _ = persistent_term:erase(?NODE),
    paxos_kv_listener:stop(Pid, Ref),
    S#state{node = undefined, listener = undefined}.

found({found, Node, _}, #state{node = Node} = S) ->
    answer({ok, Node}, S);
found({found, _, false}, #state{node = Node} = S) when Node =/= undefined ->
    answer({ok, Node}, S); % what there is, is as good
found({found, Node, Quorum}, S) ->
    Dropped = drop(S),
    persistent_term:put(?NODE, Node),
    Adopted = Dropped#state{node = Node, listener = paxos_kv_listener:start(Node)},
    answer({ok, Node}, quorum(Quorum, Adopted));
found(_, #state{node = undefined} = S) ->
    Now = erlang:monotonic_time(millisecond),
    {Stay, Go} = lists:partition(fun({_, How, Deadline}) -> How =:= retry andalso Deadline > Now end, S#state.waiting),
    (answer({error, no_node}, quorum(false, S#state{waiting = Go})))#state{waiting = Stay};
found(_, S) -> S.

answer(Reply, #state{waiting = Waiting} = S) ->
    lists:foreach(fun({From, _, _}) -> gen_server:reply(From, Reply) end, Waiting),
    S#state{waiting = []}.

%% Subscribers are told of changes.
quorum(Quorum, #state{quorum = Quorum} = S) -> S;
quorum(Quorum, S) ->
    tell(maps:keys(S#state.subscribers), Quorum),
    S#state{quorum = Quorum}.

tell(_, undefined) -> ok;
tell(Pids, true) -> lists:foreach(fun(Pid) -> Pid ! quorum_reached end, Pids);
tell(Pids, false) -> lists:foreach(fun(Pid) -> Pid ! quorum_lost end, Pids).

forget(Pid, #state{subscribers = Subscribers} = S) ->
    case maps:take(Pid, Subscribers) of
        {Ref, Rest} ->
            true = erlang:demonitor(Ref, [flush]),
            S#state{subscribers = Rest};
        error -> S
    end.
