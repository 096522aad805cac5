Console.Error.WriteLine("sshmux: the command line is not there yet");
return 255;
