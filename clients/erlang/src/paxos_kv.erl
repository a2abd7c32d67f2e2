%% @doc Client of a PaxosKV cluster.
%%
%% Every function ends by its deadline, 5 seconds unless the options say
%% otherwise, with a value: `{ok, Value}' or `{error, Reason}'. None exits because
%% a node is down or a quorum is missing.
-module(paxos_kv).

-compile({no_auto_import, [get/1, put/2, node/1, nodes/0, nodes/1]}).

-export([put/2, put/3, put/4, get/1, get/2, get/3, pid/1, pid/2, pid/3, node/1, node/2, node/3]).
-export([cluster_size/0, cluster_size/1, nodes/0, nodes/1, nodes_and_cluster_size/0,
         nodes_and_cluster_size/1, quorum/0, quorum/1, ping/0, ping/1,
         resize_cluster/1, resize_cluster/2]).
-export([subscribe/0, subscribe/1, unsubscribe/0, unsubscribe/1]).
-export([watch/1, watch/2, watch_all/0, watch_all/1, unwatch/1, lost/2, lost/3]).
-export([wait_for_quorum/0, wait_for_quorum/1]).

-export_type([key/0, value/0, options/0, option/0, reason/0, rev/0, answer/1, watch/0, event/0]).

-type key() :: term().
-type value() :: term().

-type option() ::
    %% What the key of a put lives as long as; pid, node and key may be repeated.
      {pid, pid()} | {node, node()} | {key, key()}
    | {until, SystemTimeMs :: integer()}
    %% The bucket; 'PaxosKV' where it is not given.
    | {bucket, atom() | string() | binary()}
    %% What a read answers in place of not_found.
    | {default, term()}
    %% A read may answer what the node learned last.
    | stale | {stale, boolean()}
    %% The answer is to be {ok, Value, Rev}.
    | rev | {rev, boolean()}
    %% What becomes of the call while there is no quorum: try until the deadline,
    %% return {error, no_quorum}, or exit with no_quorum.
    | {no_quorum, retry | return | fail}
    | {timeout, timeout()}
    %% Ask this node, and no other.
    | {at, node()}
    %% Of lost/3: the silence that the nodes of the store bear; 5000 by default.
    | {silence, Ms :: pos_integer()}.

%% The revs of what a key holds, one after the other, only grow in the order of
%% terms: hand one along with what the key protects, and have lower ones refused.
-type rev() :: {Counter :: pos_integer(), Node :: binary(), Incarnation :: pos_integer()}.

%% What a call answers: with a rev where the options ask for it, and it is no default.
-type answer(Value) :: {ok, Value} | {ok, Value, rev()} | {error, reason()}.

-opaque watch() :: pid().

%% What a process that watches is told, in messages {paxos_kv, watch(), event()}.
-type event() ::
    %% The key holds Value from now on. Ties are those of the put, in its form, and
    %% {prev, Rev} where it replaced something.
      {chosen, key(), rev(), value(), Ties :: [{atom(), term()}]}
    %% What it held, the last of which had this rev, is over, and it holds nothing.
    | {erased, key(), rev() | none}
    %% Something was left out. Of a key: take it for empty until told otherwise. Of
    %% all: forget all; what holds is told anew, up to current.
    | missed | {missed, key()}
    %% Word may come late from now on, up to current.
    | behind | {behind, key()}
    %% All that was chosen before the watch began, or before the last missed or
    %% behind, has been told.
    | current | {current, key()}
    %% The application stops here, and this was the last.
    | closed.

-type options() :: [option()] | #{atom() => term()}.

-type reason() ::
      no_node | no_quorum | not_found | invalid_value | indeterminate | timeout
    | unknown_bucket | closed | busy | refused | too_large | not_started
    | {bad_request, binary()}.

%% @equiv put(Key, Value, [])
-spec put(key(), value()) -> {ok, value()} | {error, reason()}.
put(Key, Value) -> put(Key, Value, []).

%% @doc Has Value chosen for Key, unless the key holds one, and returns what the
%% key holds.
-spec put(key(), value(), options()) -> answer(value()).
put(Key, Value, Options) ->
    ask({write, Value}, 'PaxosKV.Proposer', fun(Wire) -> {put, Key, Value, Wire} end, Options).

%% @equiv put(Key, Value, [{timeout, Timeout} | Options])
-spec put(key(), value(), options(), timeout()) -> answer(value()).
put(Key, Value, Options, Timeout) -> put(Key, Value, within(Timeout, Options)).

%% @equiv get(Key, [])
-spec get(key()) -> {ok, value()} | {error, reason()}.
get(Key) -> get(Key, []).

%% @doc What Key holds.
-spec get(key(), options()) -> answer(value()).
get(Key, Options) -> read(get, Key, Options).

%% @equiv get(Key, [{timeout, Timeout} | Options])
-spec get(key(), options(), timeout()) -> answer(value()).
get(Key, Options, Timeout) -> get(Key, within(Timeout, Options)).

%% @equiv pid(Key, [])
-spec pid(key()) -> {ok, pid()} | {error, reason()}.
pid(Key) -> pid(Key, []).

%% @doc The process that Key is tied to, the first where there are several.
-spec pid(key(), options()) -> answer(pid() | term()).
pid(Key, Options) -> read(pid, Key, Options).

%% @equiv pid(Key, [{timeout, Timeout} | Options])
-spec pid(key(), options(), timeout()) -> answer(pid() | term()).
pid(Key, Options, Timeout) -> pid(Key, within(Timeout, Options)).

%% @equiv node(Key, [])
-spec node(key()) -> {ok, node()} | {error, reason()}.
node(Key) -> node(Key, []).

%% @doc The node that Key is tied to, by itself or through a process.
-spec node(key(), options()) -> answer(node() | term()).
node(Key, Options) -> read(node, Key, Options).

%% @equiv node(Key, [{timeout, Timeout} | Options])
-spec node(key(), options(), timeout()) -> answer(node() | term()).
node(Key, Options, Timeout) -> node(Key, within(Timeout, Options)).

%% @equiv cluster_size([])
-spec cluster_size() -> {ok, pos_integer()} | {error, reason()}.
cluster_size() -> cluster_size([]).

%% @doc How many members the cluster is to have.
-spec cluster_size(options()) -> {ok, pos_integer()} | {error, reason()}.
cluster_size(Options) -> cluster(cluster_size, Options).

%% @equiv nodes([])
-spec nodes() -> {ok, [node()]} | {error, reason()}.
nodes() -> nodes([]).

%% @doc The nodes of the store that the asked one is connected to, and itself.
-spec nodes(options()) -> {ok, [node()]} | {error, reason()}.
nodes(Options) -> cluster(nodes, Options).

%% @equiv nodes_and_cluster_size([])
-spec nodes_and_cluster_size() -> {ok, {[node()], pos_integer()}} | {error, reason()}.
nodes_and_cluster_size() -> nodes_and_cluster_size([]).

%% @doc Both, of one moment.
-spec nodes_and_cluster_size(options()) -> {ok, {[node()], pos_integer()}} | {error, reason()}.
nodes_and_cluster_size(Options) -> cluster(nodes_and_cluster_size, Options).

%% @equiv quorum([])
-spec quorum() -> {ok, boolean()} | {error, reason()}.
quorum() -> quorum([]).

%% @doc Whether the asked node sees enough members for anything to be decided.
-spec quorum(options()) -> {ok, boolean()} | {error, reason()}.
quorum(Options) -> cluster(quorum, Options).

%% @equiv ping([])
-spec ping() -> pong | pang.
ping() -> ping([]).

%% @doc Whether a node of the cluster answers.
-spec ping(options()) -> pong | pang.
ping(Options) ->
    case cluster(ping, Options) of
        {ok, pong} -> pong;
        {error, _} -> pang
    end.

%% @equiv resize_cluster(Size, [])
-spec resize_cluster(pos_integer()) -> ok | {error, reason()}.
resize_cluster(Size) -> resize_cluster(Size, []).

%% @doc Changes how many members the cluster is to have, in steps of one.
-spec resize_cluster(pos_integer(), options()) -> ok | {error, reason()}.
resize_cluster(Size, Options) ->
    ask(resize, 'PaxosKV.Cluster', {resize_cluster, Size}, Options).

%% @equiv subscribe(self())
-spec subscribe() -> ok | {error, reason()}.
subscribe() -> subscribe(self()).

%% @doc Has `quorum_reached' and `quorum_lost' sent to a process of this node: the
%% present state at once, as soon as there is one, and then each change.
-spec subscribe(pid()) -> ok | {error, reason()}.
subscribe(Pid) -> paxos_kv_finder:subscribe(Pid).

%% @equiv unsubscribe(self())
-spec unsubscribe() -> ok | {error, reason()}.
unsubscribe() -> unsubscribe(self()).

%% @doc Ends that.
-spec unsubscribe(pid()) -> ok | {error, reason()}.
unsubscribe(Pid) -> paxos_kv_finder:unsubscribe(Pid).

%% @equiv watch(Key, [])
-spec watch(key()) -> {ok, watch()} | {error, reason()}.
watch(Key) -> watch(Key, []).

%% @doc Has the calling process told what Key holds, and then of each change, in
%% messages `{paxos_kv, Watch, Event}', until it ends or calls unwatch/1. When the
%% node that tells goes, another does: that is told as behind, and missed. Options
%% are bucket, at and timeout.
-spec watch(key(), options()) -> {ok, watch()} | {error, reason()}.
watch(Key, Options) -> paxos_kv_watcher:start({watch, Key}, Options).

%% @equiv watch_all([])
-spec watch_all() -> {ok, watch()} | {error, reason()}.
watch_all() -> watch_all([]).

%% @doc The same of all keys of the bucket.
-spec watch_all(options()) -> {ok, watch()} | {error, reason()}.
watch_all(Options) -> paxos_kv_watcher:start(watch, Options).

%% @doc Ends a watch of the calling process, or what lost/2 began; no message of it
%% is left.
-spec unwatch(watch()) -> ok.
unwatch(Watch) -> paxos_kv_watcher:stop(Watch).

%% @equiv lost(Key, Rev, [])
-spec lost(key(), rev()) -> {ok, watch()} | {error, reason()}.
lost(Key, Rev) -> lost(Key, Rev, []).

%% @doc Has the calling process told once, by `{paxos_kv, Watch, {lost, Key, Rev,
%% Reason}}', as soon as nobody can vouch any more for what it has put: erased, it is
%% over; no_quorum, so few members are connected to what it is tied to that it may be
%% erased from now on; no_node, no node of the store answers this one; or closed, the
%% application stops. It is to be called on the node of the process that the key is
%% tied to, right after the put. Options are those of watch/2, and {silence, Ms}
%% where the nodes of the store bear another silence than 5000 ms.
-spec lost(key(), rev(), options()) -> {ok, watch()} | {error, reason()}.
lost(Key, Rev, Options) -> paxos_kv_watcher:start({lost, Key, Rev}, Options).

%% @equiv wait_for_quorum(5000)
-spec wait_for_quorum() -> ok | {error, no_quorum | not_started}.
wait_for_quorum() -> wait_for_quorum(5000).

%% @doc Waits until a node of the cluster sees a quorum.
-spec wait_for_quorum(timeout()) -> ok | {error, no_quorum | not_started}.
wait_for_quorum(Timeout) -> wait(paxos_kv_retry:deadline(Timeout)).

wait(Deadline) ->
    Left = paxos_kv_retry:left(Deadline),
    case quorum([{timeout, Left}]) of
        {ok, true} -> ok;
        {error, not_started} = Error -> Error;
        _ when Left =:= 0 -> {error, no_quorum};
        _ -> receive after min(50, Left) -> wait(Deadline) end
    end.

read(What, Key, Options) ->
    ask(read, 'PaxosKV.Learner', fun(Wire) -> {What, Key, Wire} end, Options).

cluster(Request, Options) ->
    case ask(read, 'PaxosKV.Cluster', Request, Options) of
        {error, _} = Error -> Error;
        Reply -> {ok, Reply}
    end.

within(Timeout, Options) when is_map(Options) -> Options#{timeout => Timeout};
within(Timeout, Options) when is_list(Options) -> Options ++ [{timeout, Timeout}];
within(_, Options) -> Options.

ask(Kind, Server, Request, Options) ->
    case paxos_kv_options:read(Options) of
        {ok, #{wire := Wire} = Call} -> paxos_kv_retry:run(Kind, {Server, timed(Request, Wire, Call)}, Call);
        {error, _} = Error -> Error
    end.

%% The cluster's requests have no options.
timed(Request, Wire, #{no_quorum := Policy}) when is_function(Request, 1) ->
    fun(Ms) -> Request([{timeout, Ms}, {no_quorum, Policy} | Wire]) end;
timed(Request, _, _) ->
    fun(_) -> Request end.
