%% The Erlang node of a chaos run: calls the store by gen_server, and has processes
%% to tie keys to. Each line of standard input is {Id, Request} and each line that
%% begins with @@ is {Id, Reply}, as terms in base64. Requests run beside each other.
-module(chaos_driver).
-export([start/0]).

start() ->
    Main = self(),
    register(chaos_connector, spawn_link(fun() -> connector([]) end)),
    io:format("@@ ready~n"),
    loop(Main).

loop(Main) ->
    case io:get_line("") of
        eof ->
            halt();
        Line ->
            {Id, Request} = binary_to_term(base64:decode(string:trim(Line))),
            spawn(fun() -> answer(Id, handle(Request)) end),
            loop(Main)
    end.

answer(Id, Reply) ->
    io:format("@@ ~s~n", [base64:encode(term_to_binary({Id, Reply}))]).

handle({call, Server, Node, Request, Timeout}) ->
    try gen_server:call({Server, Node}, Request, Timeout) of
        Reply -> {reply, Reply}
    catch
        exit:Reason -> {exited, iolist_to_binary(io_lib:format("~0tp", [Reason]))}
    end;
handle(spawn) ->
    spawn(fun() -> receive {stop, Reason} -> exit(Reason) end end);
handle({stop, Pid, Kill}) ->
    Ref = monitor(process, Pid),
    case Kill of
        true -> exit(Pid, kill);
        false -> Pid ! {stop, done}
    end,
    receive {'DOWN', Ref, process, _, _} -> ok end;
handle({connect, Nodes}) ->
    chaos_connector ! {nodes, Nodes},
    ok;
handle(connected) ->
    nodes(connected).

%% Keeps the node linked with the nodes of the store: none of these dials it.
connector(Nodes) ->
    [spawn(fun() -> net_kernel:connect_node(N) end) || N <- Nodes -- nodes(connected)],
    receive
        {nodes, New} -> connector(New)
    after 300 -> connector(Nodes)
    end.
