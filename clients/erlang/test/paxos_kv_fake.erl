%% @private Servers that stand for those of a node of the store.
-module(paxos_kv_fake).

-behaviour(gen_server).

-export([start/2, stop/1, asked/1, play/2, start_store/0, start_node/1, start_peer/1, await/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

%% What a server does with a request; the last step of a script is repeated.
-type step() :: {reply, term()} | silent | die.

-record(script, {steps :: [step()], asked = [] :: [term()]}).

%% The store: what keys hold, and the monitors of what they are tied to; and who
%% watches.
-record(store, {keys = #{} :: #{term() => {term(), [reference()]}}, watchers = [] :: [pid()]}).

-record(cluster, {quorum = true, nodes, subscribers = []}).

%% @doc Starts a server with a script.
-spec start(atom(), [step()]) -> pid().
start(Name, Steps) ->
    {ok, Pid} = gen_server:start({local, Name}, ?MODULE, #script{steps = Steps}, []),
    Pid.

-spec stop(pid()) -> ok.
stop(Pid) ->
    Ref = monitor(process, Pid),
    exit(Pid, kill),
    receive {'DOWN', Ref, process, _, _} -> ok end.

%% @doc What a server with a script was asked.
-spec asked(pid()) -> [term()].
asked(Pid) -> gen_server:call(Pid, '$asked').

%% @doc Gives a server another script, or tells a cluster service of its quorum.
-spec play(pid() | {atom(), node()}, term()) -> ok.
play(Server, What) -> gen_server:call(Server, {'$play', What}).

%% @doc Starts a store in memory.
-spec start_store() -> pid().
start_store() ->
    {ok, Store} = gen_server:start(?MODULE, #store{}, []),
    Store.

%% @doc Starts the servers of a node of the store, on this node.
-spec start_node(pid()) -> ok.
start_node(Store) ->
    {ok, _} = gen_server:start({local, 'PaxosKV.Proposer'}, ?MODULE, {relay, Store}, []),
    {ok, _} = gen_server:start({local, 'PaxosKV.Learner'}, ?MODULE, {relay, Store}, []),
    {ok, _} = gen_server:start({local, 'PaxosKV.Cluster'}, ?MODULE, #cluster{nodes = [node()]}, []),
    ok.

%% @doc Starts a node with these servers.
-spec start_peer(pid()) -> {pid(), node()}.
start_peer(Store) ->
    true = is_alive() orelse error("these tests need a name: erl -sname, rebar3 eunit --sname"),
    [_, Host] = string:split(atom_to_list(node()), "@"),
    Paths = [filename:dirname(code:which(M)) || M <- [paxos_kv, ?MODULE]],
    {ok, Peer, Node} = peer:start(#{name => peer:random_name(), host => Host, connection => standard_io, wait_boot => 60000, args => [
        "-hidden", "-setcookie", atom_to_list(erlang:get_cookie()), "-pa" | Paths]}),
    true = net_kernel:connect_node(Node),
    ok = erpc:call(Node, ?MODULE, start_node, [Store]),
    {Peer, Node}.

%% @doc Waits until a function returns true.
-spec await(fun(() -> boolean())) -> ok.
await(Done) -> await(Done, erlang:monotonic_time(second) + 30).

await(Done, Deadline) ->
    case Done() of
        true -> ok;
        false ->
            true = erlang:monotonic_time(second) < Deadline,
            receive after 10 -> await(Done, Deadline) end
    end.

-spec init(term()) -> {ok, term()}.
init(State) -> {ok, State}.

-spec handle_call(term(), gen_server:from(), term()) ->
    {reply, term(), term()} | {noreply, term()} | {stop, asked, term()}.
handle_call('$asked', _, #script{asked = Asked} = S) ->
    {reply, lists:reverse(Asked), S};
handle_call({'$play', Steps}, _, #script{} = S) ->
    {reply, ok, S#script{steps = Steps}};
handle_call(Request, _, #script{steps = [Step | Rest], asked = Asked} = S) ->
    Next = S#script{asked = [Request | Asked], steps = if Rest =:= [] -> [Step]; true -> Rest end},
    case Step of
        {reply, Reply} -> {reply, Reply, Next};
        silent -> {noreply, Next};
        die -> {stop, asked, Next}
    end;
handle_call({put, Key, Value, Options}, _, #store{keys = Keys} = S) ->
    case Keys of
        #{Key := {Held, _}} -> {reply, {ok, Held}, S};
        #{} ->
            Refs = [erlang:monitor(process, Pid) || {pid, Pid} <- Options],
            {reply, {ok, Value}, S#store{keys = Keys#{Key => {Value, Refs}}}}
    end;
handle_call({get, Key, _}, _, #store{keys = Keys} = S) ->
    case Keys of
        #{Key := {Value, _}} -> {reply, {ok, Value}, S};
        #{} -> {reply, {error, not_found}, S}
    end;
handle_call({watch, Pid}, _, #store{watchers = Pids} = S) ->
    Pid ! {paxos_kv, 'PaxosKV', current},
    {reply, ok, S#store{watchers = [Pid | Pids]}};
handle_call({watch, Pid, Key}, _, #store{watchers = Pids} = S) ->
    Pid ! {paxos_kv, 'PaxosKV', {current, Key}},
    {reply, ok, S#store{watchers = [Pid | Pids]}};
handle_call({lost, Pid, _, _}, _, #store{watchers = Pids} = S) ->
    {reply, ok, S#store{watchers = [Pid | Pids]}};
handle_call({'$play', {tell, Event}}, _, #store{watchers = Pids} = S) ->
    _ = [Pid ! {paxos_kv, 'PaxosKV', Event} || Pid <- Pids],
    {reply, length(Pids), S};
handle_call(Request, _, {relay, Store} = S) ->
    {reply, gen_server:call(Store, Request), S};
handle_call({'$play', {quorum, Quorum}}, _, #cluster{subscribers = Pids} = S) ->
    tell(Pids, Quorum),
    {reply, ok, S#cluster{quorum = Quorum}};
handle_call({'$play', {nodes, Nodes}}, _, #cluster{} = S) -> {reply, ok, S#cluster{nodes = Nodes}};
handle_call(quorum, _, #cluster{quorum = Quorum} = S) -> {reply, Quorum, S};
handle_call(nodes, _, #cluster{nodes = Nodes} = S) -> {reply, Nodes, S};
handle_call(ping, _, #cluster{} = S) -> {reply, pong, S}.

-spec handle_cast(term(), term()) -> {noreply, term()}.
handle_cast({subscribe, Pid}, #cluster{subscribers = Pids, quorum = Quorum} = S) ->
    tell([Pid], Quorum),
    {noreply, S#cluster{subscribers = [Pid | Pids]}}.

tell(Pids, true) -> [Pid ! quorum_reached || Pid <- Pids];
tell(Pids, false) -> [Pid ! quorum_lost || Pid <- Pids].

-spec handle_info(term(), term()) -> {noreply, term()}.
handle_info({'DOWN', Ref, process, _, _}, #store{keys = Keys} = S) ->
    {noreply, S#store{keys = maps:filter(fun(_, {_, Refs}) -> not lists:member(Ref, Refs) end, Keys)}}.
