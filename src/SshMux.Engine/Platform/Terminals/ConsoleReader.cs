using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Platform.Terminals;

/// <summary>
/// Reads the records of Windows' console on a thread of its own, which waits for them and for its own end: a read that
/// waits could not be ended.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class ConsoleReader : IDisposable
{
    private const int MostRecords = 128;

    private readonly SafeFileHandle _input;
    private readonly ManualResetEvent _stop = new(false);
    private readonly Thread _thread;
    private readonly Func<ReadOnlyMemory<ConsoleRecord>, bool> _onRecords;
    private readonly Action _onEnd;

    private ConsoleReader(SafeFileHandle input, Func<ReadOnlyMemory<ConsoleRecord>, bool> onRecords, Action onEnd)
    {
        _input = input;
        _onRecords = onRecords;
        _onEnd = onEnd;
        _thread = new Thread(Run) { IsBackground = true, Name = "console input" };
    }

    /// <summary>The longest time without a call.</summary>
    private static TimeSpan Pause => TimeSpan.FromMilliseconds(500);

    /// <summary>Begins to read.</summary>
    /// <param name="input">The console's input, which must stay open until the reading has ended.</param>
    /// <param name="onRecords">
    /// Is given the records, valid during the call; none if nothing has come for half a second. False ends the reading.
    /// </param>
    /// <param name="onEnd">Is told that it has ended, however.</param>
    public static ConsoleReader Start(
        SafeFileHandle input, Func<ReadOnlyMemory<ConsoleRecord>, bool> onRecords, Action onEnd)
    {
        var reader = new ConsoleReader(input, onRecords, onEnd);
        reader._thread.Start();
        return reader;
    }

    /// <summary>Ends the reading; after it nothing is read any more, unless it is called by the reader itself.</summary>
    public void Dispose()
    {
        _stop.Set();
        if (Thread.CurrentThread != _thread) _thread.Join();
    }

    private void Run()
    {
        try
        {
            // An event of .NET's that stands for the console, which is signalled while there are records.
            using var input = new AutoResetEvent(false);
            input.SafeWaitHandle.Dispose();
            input.SafeWaitHandle = new SafeWaitHandle(_input.DangerousGetHandle(), ownsHandle: false);
            WaitHandle[] handles = [_stop, input];
            var records = new ConsoleRecord[MostRecords];
            for (var goesOn = true; goesOn;)
            {
                switch (WaitHandle.WaitAny(handles, Pause))
                {
                    case 0:
                        return;
                    case 1:
                        // Another reader (a program that was started meanwhile) may have been quicker.
                        if (!ConsoleCalls.GetNumberOfConsoleInputEvents(_input, out var count)) return;
                        if (count == 0) break;
                        if (!ConsoleCalls.ReadConsoleInput(_input, records, MostRecords, out count)) return;
                        goesOn = _onRecords(records.AsMemory(0, (int)count));
                        Array.Clear(records); // passwords are typed, too
                        break;
                    default:
                        goesOn = _onRecords(default);
                        break;
                }
            }
        }
        finally
        {
            _onEnd();
        }
    }
}
