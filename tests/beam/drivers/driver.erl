%% Evaluates expressions: each line of standard input is one, in base64, and each
%% answer a line that begins with @@. It ends with its input.
-module(driver).
-export([start/0]).

start() ->
    ok = io:setopts([{encoding, unicode}]),
    io:format("@@ ready~n"),
    loop(erl_eval:new_bindings()).

loop(Bindings) ->
    case io:get_line("") of
        eof ->
            halt();
        Line ->
            {Text, Next} = eval(unicode:characters_to_list(base64:decode(string:trim(Line))), Bindings),
            io:format("@@ ~ts~n", [base64:encode(unicode:characters_to_binary(Text))]),
            loop(Next)
    end.

eval(Text, Bindings) ->
    try
        {ok, Tokens, _} = erl_scan:string(Text ++ "."),
        {ok, Expressions} = erl_parse:parse_exprs(Tokens),
        {value, Value, Next} = erl_eval:exprs(Expressions, Bindings),
        {io_lib:format("~0tp", [Value]), Next}
    catch
        Class:Reason:Stack -> {io_lib:format("FAILED ~0tp", [{Class, Reason, Stack}]), Bindings}
    end.
