using Nbpy.ServiceDefaults;
using Nbpy.Subscribers;

InlineSockets.Use();
return await ServiceProgram.RunAsync(
    args,
    "Runs one subscriber of the configuration (a topic into InfluxDB) or a data filter.",
    SubscriberFactory.Create);
