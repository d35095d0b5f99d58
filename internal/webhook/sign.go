package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"holdline/internal/acd"
	"holdline/internal/store"
)

// Headers of a signed request (Standard Webhooks 1.0, "Webhook headers").
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

const secretPrefix = "whsec_"

var errSecret = errors.New("the subscription's secret is damaged; renew it")

// signatures gives the value of the Webhook-Signature header: that of the
// subscription's secret and, while the one before it is still good, that one's
// behind it, so that a receiver can change over at any moment between (Standard
// Webhooks 1.0, "Webhook signature": a list delimited by spaces).
func signatures(sub store.Subscription, id string, at time.Time, payload string) (string, error) {
	signed, err := signature(sub.Secret, id, at, payload)
	if err != nil || sub.OldSecret == "" || acd.TimeOf(at) >= sub.OldSecretUntil {
		return signed, err
	}
	if old, err := signature(sub.OldSecret, id, at, payload); err == nil { // a damaged one was renewed for that
		signed += " " + old
	}
	return signed, nil
}

// signature gives one signature of that header: "v1," and the base64 of the HMAC-SHA256 of "id.seconds.payload" under the secret's bytes
// (Standard Webhooks 1.0, "Signature scheme").
func signature(secret, id string, at time.Time, payload string) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || len(key) == 0 {
		return "", errSecret
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "." + payload))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}
