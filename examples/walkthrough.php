#!/usr/bin/env php
<?php
// A queue with two agents, step by step, with PHP alone. Runs against `holdline
// demo` as it stands; set HOLDLINE_URL, HOLDLINE_CLIENT_ID and
// HOLDLINE_CLIENT_SECRET for a server of yours. What it makes, it deletes.
declare(strict_types=1);

$url = getenv('HOLDLINE_URL') ?: 'http://127.0.0.1:8080';

/** Sends a request and gives status and body. */
function send(string $method, string $url, array $headers, ?string $body): array
{
    $context = stream_context_create(['http' => [
        'method' => $method, 'header' => $headers, 'content' => $body ?? '', 'ignore_errors' => true, 'timeout' => 10]]);
    $text = file_get_contents($url, false, $context);
    if ($text === false) {
        throw new RuntimeException("$method $url: no answer; is the server running?");
    }
    return [(int) explode(' ', $http_response_header[0])[1], $text];
}

// A token is good for an hour: keep it.
[$status, $text] = send('POST', "$url/oauth/token", ['Content-Type: application/x-www-form-urlencoded'], http_build_query([
    'grant_type' => 'client_credentials',
    'client_id' => getenv('HOLDLINE_CLIENT_ID') ?: 'demo',
    'client_secret' => getenv('HOLDLINE_CLIENT_SECRET') ?: 'demo']));
if ($status !== 200) {
    throw new RuntimeException("no token: $status $text");
}
$token = json_decode($text, true)['access_token'];

$call = function (string $method, string $path, ?array $body = null) use ($url, $token) {
    [$status, $text] = send($method, "$url/api/ver1.0$path", ["Authorization: Bearer $token", 'Content-Type: application/json'],
        $body === null ? null : json_encode($body));
    if ($status >= 300) { // the body says what is wrong, and the fix
        throw new RuntimeException("$method $path: $status $text");
    }
    return json_decode($text, true);
};

$made = []; // what to delete at the end, the last first
$make = function (string $path, array $body) use ($call, &$made): int {
    $id = $call('POST', $path, $body)['id'];
    $made[] = $path . $id;
    return $id;
};

try {
    $queue = $make('/client/@me/extension/', ['name' => '370', 'type' => 'queue', 'label' => 'Night desk']);
    $phone = $make('/client/@me/extension/', ['name' => '371', 'type' => 'phone', 'label' => 'Dana']);
    echo 'queue: ', json_encode($call('PUT', "/extension/$queue/queue/", [
        'strategy' => 'ring-all', 'sound_type' => 'music', 'max_wait_time' => 1800,
        'timeout_transfer_dst' => '201', 'tier_rules_apply' => true, 'tier_rule_wait_second' => 15])), "\n";
    // null has the server make up a password, shown this once.
    echo 'phone: ', json_encode($call('PUT', "/extension/$phone/sip/", ['password' => null])), "\n";

    $local = $make('/client/@me/agent/local/', ['extension_id' => $phone, 'call_timeout' => 30]);
    $remote = $make('/client/@me/agent/remote/', ['number' => '89215650644', 'call_timeout' => 30]);
    $call('POST', "/extension/$queue/queue/agents/local/", ['agent_id' => $local, 'level' => 1, 'position' => 1]);
    $call('POST', "/extension/$queue/queue/agents/remote/", ['agent_id' => $remote, 'level' => 2, 'position' => 1]);

    // Every login of the agent is sent to a server of yours: see webhook_receiver.py.
    echo 'event: ', json_encode($call('POST', "/client/@me/agent/local/$local/event/", [
        'url' => 'https://example.com/agents', 'method' => 'POST', 'event_type' => 'agent-login'])), "\n";

    foreach ([['status' => 'on_break', 'pause_reason' => 'lunch'], ['status' => 'available']] as $change) {
        echo 'agent: ', json_encode($call('PUT', "/client/@me/agent/local/$local", $change)), "\n";
    }
    echo 'callers: ', json_encode($call('GET', "/extension/$queue/queue/status/")),
        json_encode($call('GET', "/extension/$queue/queue/status/members/")), "\n";
} finally {
    foreach (array_reverse($made) as $path) {
        $call('DELETE', $path);
    }
}
