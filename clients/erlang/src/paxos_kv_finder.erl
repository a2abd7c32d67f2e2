%% @private Knows which node of the cluster to ask.
%%
%% Callers read the node from a persistent term and ask it themselves: this
%% process is in nobody's way. Only a caller that found the node to be of no use
%% comes here, and waits for the search, of which there is one at a time.
-module(paxos_kv_finder).

-behaviour(gen_server).

-export([start_link/0, find/2]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).

-define(NODE, {?MODULE, node}).
-define(SERVICE, 'PaxosKV.Cluster').
%% How long a search waits for the nodes that it asks.
-define(SEARCH, 1000).

-record(state, {
    node = undefined :: node() | undefined,
    monitor = undefined :: reference() | undefined,
    search = undefined :: undefined | {pid(), reference()},
    waiting = [] :: [gen_server:from()]
}).

-spec start_link() -> {ok, pid()} | {error, term()}.
start_link() -> gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

%% @doc A node that may be asked, and is not Lost unless there is no other.
-spec find(node() | undefined, timeout()) -> {ok, node()} | {error, no_node | not_started}.
find(Lost, Timeout) ->
    case persistent_term:get(?NODE, undefined) of
        Node when Node =/= undefined, Node =/= Lost -> {ok, Node};
        _ ->
            try gen_server:call(?MODULE, {find, Lost}, Timeout)
            catch
                exit:{timeout, _} -> {error, no_node};
                exit:_ -> {error, not_started}
            end
    end.

-spec init([]) -> {ok, #state{}}.
init([]) ->
    {ok, search(undefined, #state{})}.

-spec handle_call(term(), gen_server:from(), #state{}) ->
    {reply, term(), #state{}} | {noreply, #state{}}.
handle_call({find, Lost}, From, #state{node = Node} = S) ->
    if
        Node =/= undefined, Node =/= Lost -> {reply, {ok, Node}, S};
        true -> {noreply, search(Lost, drop(S#state{waiting = [From | S#state.waiting]}))}
    end;
handle_call(_, _, S) ->
    {reply, {error, bad_request}, S}.

-spec handle_cast(term(), #state{}) -> {noreply, #state{}}.
handle_cast(_, S) -> {noreply, S}.

-spec handle_info(term(), #state{}) -> {noreply, #state{}}.
handle_info({'DOWN', Ref, process, _, Result}, #state{search = {_, Ref}} = S) ->
    {noreply, found(Result, S#state{search = undefined})};
handle_info({'DOWN', Ref, process, _, _}, #state{monitor = Ref, node = Node} = S) ->
    {noreply, search(Node, drop(S))};
handle_info(_, S) ->
    {noreply, S}.

-spec terminate(term(), #state{}) -> ok.
terminate(_, S) ->
    _ = drop(S),
    ok.

%% The node is of no use any more.
drop(#state{node = undefined} = S) -> S;
drop(#state{monitor = Ref} = S) ->
    persistent_term:erase(?NODE),
    erlang:demonitor(Ref, [flush]),
    S#state{node = undefined, monitor = undefined}.

search(Lost, #state{search = undefined} = S) ->
    S#state{search = spawn_monitor(fun() -> exit(race(Lost)) end)};
search(_, S) -> S.

found({found, Node}, #state{waiting = Waiting} = S) ->
    persistent_term:put(?NODE, Node),
    [gen_server:reply(From, {ok, Node}) || From <- Waiting],
    S#state{node = Node, monitor = erlang:monitor(process, {?SERVICE, Node}), waiting = []};
found(_, #state{waiting = Waiting} = S) ->
    [gen_server:reply(From, {error, no_node}) || From <- Waiting],
    S#state{waiting = []}.

%% Asks all nodes at once, and takes the first that sees a quorum; or else one
%% that answers; or else Lost.
race(Lost) ->
    {ok, Configured} = application:get_env(paxos_kv, nodes),
    Candidates = lists:usort(nodes(connected) ++ Configured) -- [node()],
    Runners = maps:from_list([{R, P} || N <- Candidates,
        {P, R} <- [spawn_monitor(fun() -> exit({answer, N, probe(N)}) end)]]),
    Until = paxos_kv_retry:deadline(?SEARCH),
    gather(Runners, Lost, none, Until).

probe(Node) ->
    _ = lists:member(Node, nodes(connected)) orelse net_kernel:connect_node(Node),
    paxos_kv_call:ask({?SERVICE, Node}, quorum, ?SEARCH).

gather(Runners, _, Best, _) when map_size(Runners) =:= 0 -> Best;
gather(Runners, Lost, Best, Until) ->
    receive
        {'DOWN', Ref, process, _, Result} ->
            Rest = maps:remove(Ref, Runners),
            case Result of
                {answer, Node, {reply, true}} when Node =/= Lost ->
                    {found, Node};
                {answer, Node, {reply, B}} when is_boolean(B), Best =:= none orelse Node =/= Lost ->
                    gather(Rest, Lost, {found, Node}, Until);
                _ ->
                    gather(Rest, Lost, Best, Until)
            end
    after paxos_kv_retry:left(Until) -> Best
    end.
