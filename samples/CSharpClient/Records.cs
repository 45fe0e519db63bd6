using System.Text.Json;

namespace LoraBridge.Samples;

// The parts of the API's records that this program uses; openapi/lorabridge.v1.json describes all of them.

internal sealed record NewDataset(string Name);

internal sealed record Dataset(string Id, string Folder);

internal sealed record UploadReport(int Taken, int Captions, int Refused, IReadOnlyList<UploadedFile> Files);

internal sealed record UploadedFile(string Name, string Outcome, string? Reason, string? Cure);

internal sealed record NewJob(string Kind, string Name, TrainRequest Request);

internal sealed record TrainRequest(IReadOnlyDictionary<string, JsonElement> Settings);

internal sealed record JobsAdded(IReadOnlyList<Job> Jobs, IReadOnlyList<string> Warnings);

internal sealed record Job(string Id, string State, JobFault? Error);

internal sealed record JobFault(string Message);

internal sealed record JobEvent(long Number, string Kind, JsonElement Body);

internal sealed record StepTaken(long Step, long Steps, double SmoothedLoss, double SecondsLeft);

internal sealed record KeepAdapter(string File, string Name, bool Overwrite);

internal sealed record KeptAdapter(string Name, string Path);

internal sealed record Problem(string? Title, string? Detail);

// The WebUI's part writes snake_case; these few names are the same in both.

internal sealed record PictureRequest(string Prompt, int Width, int Height, int Steps, long Seed);

internal sealed record Pictures(IReadOnlyList<string> Images);
