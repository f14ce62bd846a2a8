using Nbpy.EmbeddedInflux;

return await CommandLine.RunAsync(args);
