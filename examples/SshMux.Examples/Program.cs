using SshMux.Engine;
using SshMux.Examples;

// SshMux.Examples EXAMPLE ARGUMENT...: see the example's own file.
try
{
    return args switch
    {
        ["run", var host, var command] => await RunCommand.RunAsync(host, command),
        ["many", var host, .. var commands] => await ManyAtOnce.RunAsync(host, commands),
        ["share", var host, var controlPath] => await SharedMaster.RunAsync(host, controlPath),
        ["attach", var controlPath, var command] => await OverAMaster.RunAsync(controlPath, command),
        ["forward", var host, var forward] => await Forward.RunAsync(host, forward),
        ["copy", var host, var source, var destination] => await Copy.RunAsync(host, source, destination),
        _ => Usage(),
    };
}
catch (SshException e)
{
    // Its message is written for the person at the prompt; Error says which kind it is.
    Console.Error.WriteLine($"{e.Error}: {e.Message}");
    return 255;
}

static int Usage()
{
    Console.Error.WriteLine("usage: SshMux.Examples run|many|share|attach|forward|copy ARGUMENT...");
    return 2;
}
