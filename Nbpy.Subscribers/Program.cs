using Nbpy.ServiceDefaults;
using Nbpy.Subscribers;

return await ServiceProgram.RunAsync(
    args,
    "Runs one subscriber of the configuration (a topic into InfluxDB) or a data filter.",
    SubscriberFactory.Create);
