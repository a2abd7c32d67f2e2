%% @private Reads the options of a call, and parts those that the client needs
%% from those that travel.
-module(paxos_kv_options).

-export([read/1]).

-export_type([call/0]).

-type call() :: #{
    timeout := timeout(),
    at := node() | undefined,
    no_quorum := retry | return | fail,
    %% What is sent, without no_quorum's value fail and without the timeout.
    wire := [term()]
}.

-define(DEFAULT, #{timeout => 5000, at => undefined, no_quorum => retry, wire => []}).

%% Later options win, where they can be given once only.
-spec read(term()) -> {ok, call()} | {error, {bad_request, binary()}}.
read(Options) when is_map(Options) -> read(maps:to_list(Options));
read(Options) -> read(Options, ?DEFAULT).

read([], #{wire := Wire} = Call) ->
    {ok, Call#{wire := lists:reverse(Wire)}};
read([Option | More], #{wire := Wire} = Call) ->
    case Option of
        {timeout, infinity} -> read(More, Call#{timeout := infinity});
        {timeout, T} when is_integer(T), T >= 0 -> read(More, Call#{timeout := T});
        {timeout, _} -> bad(Option);
        {at, Node} when is_atom(Node) -> read(More, Call#{at := Node});
        {at, _} -> bad(Option);
        {no_quorum, P} when P =:= retry; P =:= return; P =:= fail -> read(More, Call#{no_quorum := P});
        {no_quorum, _} -> bad(Option);
        {Flag, true} when Flag =:= stale; Flag =:= rev -> read(More, Call#{wire := [Flag | Wire]});
        {Flag, false} when Flag =:= stale; Flag =:= rev -> read(More, Call);
        _ -> read(More, Call#{wire := [Option | Wire]})
    end;
read(Options, _) ->
    bad(Options).

bad(What) ->
    {error, {bad_request, unicode:characters_to_binary(io_lib:format("not an option: ~0tP", [What, 20]))}}.
