using System.Text.Json;
using LoraBridge.Samples;

// Trains a LoRA on a folder of pictures and draws with it:
//   dotnet run --project samples/CSharpClient -- http://127.0.0.1:7870 ~/cats inkcat cat.png epochs=10 resolution=512

if (args.Length < 4)
{
    Console.Error.WriteLine("usage: CSharpClient SERVER FOLDER WORD PICTURE.png [setting=value …]");
    return 2;
}
var (server, folder, word, picture) = (args[0], args[1], args[2], args[3]);
var settings = args[4..].Select(text => text.Split('=', 2)).ToDictionary(pair => pair[0], pair => Value(pair[1]));

using var http = new HttpClient { BaseAddress = new Uri(server), Timeout = TimeSpan.FromMinutes(30) };
var client = new LoraBridgeClient(http);
try
{
    var dataset = await client.CreateDatasetAsync(word);
    var report = await client.UploadAsync(dataset, Directory.EnumerateFiles(folder).Order());
    Console.WriteLine($"{report.Taken} pictures and {report.Captions} captions are in {dataset.Id}");
    foreach (var file in report.Files.Where(file => file.Outcome == "refused")) Console.WriteLine($"  {file.Name}: {file.Reason} {file.Cure}");

    settings["train_data_dir"] = Value(dataset.Folder);
    var added = await client.TrainAsync(word, settings);
    foreach (var warning in added.Warnings) Console.WriteLine($"  {warning}");
    var id = added.Jobs[0].Id;
    await foreach (var happened in client.WatchAsync(id))
        if (happened.Kind == "step" && happened.Body.Deserialize<StepTaken>(JsonSerializerOptions.Web) is { } step)
            Console.WriteLine($"step {step.Step} of {step.Steps}, loss {step.SmoothedLoss:0.000}, {step.SecondsLeft:0} s left");

    var job = await client.GetJobAsync(id);
    if (job.State != "finished") throw new InvalidOperationException($"The training is {job.State}: {job.Error?.Message}");
    var kept = await client.KeepAsync(id, new($"{word}.safetensors", word, Overwrite: true));

    var size = settings.TryGetValue("resolution", out var resolution) ? resolution.GetInt32() : 512;
    var png = await client.DrawAsync(new($"{word} <lora:{kept.Name}:1>", size, size, Steps: 20, Seed: 1));
    await File.WriteAllBytesAsync(picture, png);
    Console.WriteLine($"{picture} is drawn with {kept.Path}");
    return 0;
}
catch (Exception failure) when (failure is HttpRequestException or InvalidOperationException or IOException)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}

// a setting's value is JSON where it can be read as such, else text
static JsonElement Value(string text)
{
    try
    {
        return JsonSerializer.Deserialize<JsonElement>(text);
    }
    catch (JsonException)
    {
        return JsonSerializer.SerializeToElement(text);
    }
}
